"""The page at ``/``: what this is, and the document's form to try a picture with."""

from html import escape

from kiosk.sandbox.faults import FAULTS

_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>vin-kiosk sandbox</title>
<style>
body {{ font: 16px/1.5 sans-serif; max-width: 50rem; margin: 2rem auto; padding: 0 1rem }}
td, th {{ text-align: left; vertical-align: top; padding: .2rem 1rem .2rem 0 }}
button {{ font: inherit; padding: .3rem 1rem }}
</style>
</head>
<body>
<h1>vin-kiosk sandbox</h1>
<p>This stands in for the recognition service. It reads Code 39 from the picture that is sent,
answers as the service does, and spends credits that are worth nothing.</p>
<form enctype="multipart/form-data" method="post">
<p><label>Choose a picture of a VIN label (JPEG, PNG, GIF or BMP):
<input name="anyName" type="file" accept="image/*"></label></p>
<p><button formaction="/vinbarcode/v2?accesscode=sandbox&amp;vindecode=TRUE">Read, as XML</button>
<button formaction="/vinbarcode/v2?accesscode=sandbox&amp;vindecode=TRUE&amp;format=JSON">Read,
as JSON</button></p>
</form>
<h2>Its books</h2>
<p><a href="/_sandbox/journal">/_sandbox/journal</a> lists every request and what it cost.
POST <code>{{"credits": 5}}</code> to <code>/_sandbox/credits</code> to fill the account.</p>
<h2>Its faults</h2>
<p>POST <code>{{"NAME": 0.5}}</code> to <code>/_sandbox/faults</code>; this replaces what was
in force, and <code>{{}}</code> ends it. <a href="/_sandbox/faults">/_sandbox/faults</a> tells what
is in force.</p>
<table>
<tr><th>Name</th><th>What it does</th><th>Costs a credit</th></tr>
{rows}
</table>
</body>
</html>
"""


def page() -> str:
    """Return the page as HTML."""
    return _PAGE.format(
        rows="\n".join(
            f"<tr><td>{escape(fault.name)}</td><td>{escape(fault.what)}</td>"
            f"<td>{'yes' if fault.charges else 'no'}</td></tr>"
            for fault in FAULTS.values()
        )
    )
