"""All commands, their options, and the keys of a lane's file. Written by scripts/docs.

For the form see tree.py.
"""

OUTLINE = """
  --version  Show the version and exit.
run  Run the lane until SIGTERM or SIGINT: the daemon that systemd starts.
  --lane <lane>  The lane: its file is /etc/vin-kiosk/NAME.yaml.
  -c --config <file>  The lane's file
  --set <key>*  Change one value of the file, such as camera.fps=10 (a YAML value); repeatable.
  -v --verbose  Say more (never the access code).
demo  Show a simulated lane at work, with a sandbox for the service.
  --once  Play by itself, without anybody pressing.
  --seed <text>  Other cars, other VINs.
  --plot <file>  Play another plot (a YAML file like kiosk/demo/plot.yaml).
read  Read pictures here and print what is found; nothing is uploaded.
  --json  One JSON object a line.
  --crops <dir>  Write each crop that would be uploaded into this folder.
  <file>*
submit  Send pictures through the whole way and wait for the answers.
  --lane <lane>  The lane: its file is /etc/vin-kiosk/NAME.yaml.
  -c --config <file>  The lane's file
  --set <key>*  Change one value of the file, such as camera.fps=10 (a YAML value); repeatable.
  --json  Print one JSON object a line.
  --timeout <text>  Seconds without any answer after which the rest is only saved.
  --pay-again  Consent to pay for pictures and VINs that were scanned before.
  <file>*
queue  See and change what waits for the service.
queue drop  Give up a submission: it will never be sent, and its place in the ledger stays.
  --lane <lane>  The lane: its file is /etc/vin-kiosk/NAME.yaml.
  -c --config <file>  The lane's file
  --set <key>*  Change one value of the file, such as camera.fps=10 (a YAML value); repeatable.
  --json  Print one JSON object a line.
  --yes  Do it without asking.
  <text>
queue export  Write the exact bytes that were, or would be, uploaded.
  --lane <lane>  The lane: its file is /etc/vin-kiosk/NAME.yaml.
  -c --config <file>  The lane's file
  --set <key>*  Change one value of the file, such as camera.fps=10 (a YAML value); repeatable.
  --json  Print one JSON object a line.
  --out <file>  Where to write the picture; - is the standard output.
  <text>
queue list  List every submission, in the order of the sequence numbers.
  --lane <lane>  The lane: its file is /etc/vin-kiosk/NAME.yaml.
  -c --config <file>  The lane's file
  --set <key>*  Change one value of the file, such as camera.fps=10 (a YAML value); repeatable.
  --json  Print one JSON object a line.
  --open  Only what is not settled.
queue pause  Stop sending, until `vin-kiosk queue resume`.
  --lane <lane>  The lane: its file is /etc/vin-kiosk/NAME.yaml.
  -c --config <file>  The lane's file
  --set <key>*  Change one value of the file, such as camera.fps=10 (a YAML value); repeatable.
  --json  Print one JSON object a line.
  --reason <text>  Why, for who looks at it later.
queue resend  Send again what is in doubt or was rejected: it may be paid for twice.
  --lane <lane>  The lane: its file is /etc/vin-kiosk/NAME.yaml.
  -c --config <file>  The lane's file
  --set <key>*  Change one value of the file, such as camera.fps=10 (a YAML value); repeatable.
  --json  Print one JSON object a line.
  --yes  Do it without asking.
  <text>
queue resume  Let a paused queue go on.
  --lane <lane>  The lane: its file is /etc/vin-kiosk/NAME.yaml.
  -c --config <file>  The lane's file
  --set <key>*  Change one value of the file, such as camera.fps=10 (a YAML value); repeatable.
  --json  Print one JSON object a line.
queue show  Show everything that is known of one submission: every attempt, and who decided what.
  --lane <lane>  The lane: its file is /etc/vin-kiosk/NAME.yaml.
  -c --config <file>  The lane's file
  --set <key>*  Change one value of the file, such as camera.fps=10 (a YAML value); repeatable.
  --json  Print one JSON object a line.
  <text>
scans  List what became of every trigger, the newest first.
  --lane <lane>  The lane: its file is /etc/vin-kiosk/NAME.yaml.
  -c --config <file>  The lane's file
  --set <key>*  Change one value of the file, such as camera.fps=10 (a YAML value); repeatable.
  --json  Print one JSON object a line.
  --limit <text>  List this many at most.
status  Tell how the lane is doing: the daemon, the queue, and what a person should do.
  --lane <lane>  The lane: its file is /etc/vin-kiosk/NAME.yaml.
  -c --config <file>  The lane's file
  --set <key>*  Change one value of the file, such as camera.fps=10 (a YAML value); repeatable.
  --json  Print one JSON object a line.
trigger  Press the lane's button from here.
  --lane <lane>  The lane: its file is /etc/vin-kiosk/NAME.yaml.
  -c --config <file>  The lane's file
  --set <key>*  Change one value of the file, such as camera.fps=10 (a YAML value); repeatable.
  --json  Print one JSON object a line.
  --wait  Wait for the scan, and for its answer.
  --timeout <text>  Seconds to wait at most, with --wait.
check-config  Check a lane's configuration and name every mistake.
  --lane <lane>  The lane: its file is /etc/vin-kiosk/NAME.yaml.
  -c --config <file>  The lane's file
  --set <key>*  Change one value of the file, such as camera.fps=10 (a YAML value); repeatable.
  --json  Print one JSON object a line.
show-config  Print the effective configuration, and where each value comes from.
  --lane <lane>  The lane: its file is /etc/vin-kiosk/NAME.yaml.
  -c --config <file>  The lane's file
  --set <key>*  Change one value of the file, such as camera.fps=10 (a YAML value); repeatable.
  --json  Print one JSON object a line.
doctor  Check this machine for the lane, and say what to do.
  --lane <lane>  The lane: its file is /etc/vin-kiosk/NAME.yaml.
  -c --config <file>  The lane's file
  --set <key>*  Change one value of the file, such as camera.fps=10 (a YAML value); repeatable.
  --json  Print one JSON object a line.
station  Try the display, the light, the button and the hand scanner.
station test  Walk around the station: show, light, sound and listen, ask what came, say what to d…
  --lane <lane>  The lane: its file is /etc/vin-kiosk/NAME.yaml.
  -c --config <file>  The lane's file
  --set <key>*  Change one value of the file, such as camera.fps=10 (a YAML value); repeatable.
  --json  Print one JSON object a line.
  --port <text>  The display's serial port
  --baud <1200|2400|4800|9600|19200|38400|57600|115200>  Its speed
  --display <cd5220|epson|logic_controls|matrix_orbital|serlcd|plain|plain_cr|plain_stx_etx>  The …
  --only <display|light|button|scanner>*  Try only the display, light, button or scanner; repeatab…
  -y --yes  Ask nothing: show everything, then wait.
  --pause <text>  How long each is shown where nothing is asked.
  --timeout <text>  How long to wait for the button, and for a code; 0 leaves them out.
  --find  Find the display's speed: try them all, one by one.
sandbox  Run a stand-in for the recognition service until SIGTERM or Ctrl-C.
  --listen <text>
  --credits <text>
  --codes <file>  Good access codes, one a line; without it any will do.
  --fault <text>*  Misbehave.
  --seed <text>  Repeat the same throws of the dice.
  --journal <file>  Keep the books in this file, over restarts.
  --latency <text>  Seconds per answer.
  --slow <text>  Seconds of a slow one.
  --tls  Speak TLS; prints the certificate's path as ca_file.
  --tls-dir <dir>  Where the certificate goes (means --tls).
completion  Print what makes the shell complete commands, options and lanes.
  <bash|zsh|fish>
"""

KEYS = {
    "lane": ("text", ""),
    "state_dir": ("absolute path", ""),
    "camera.source": ("text", ""),
    "camera.width": ("160 to 7680 pixels", ""),
    "camera.height": ("120 to 4320 pixels", ""),
    "camera.fps": ("1 to 120 pictures a second", ""),
    "camera.controls": ("names with values", ""),
    "camera.latency_s": ("0 to 10 seconds", ""),
    "camera.after": ("keep, move, delete", "keep|move|delete"),
    "camera.backlog": ("skip, scan", "skip|scan"),
    "trigger.mode": ("button, presentation, arrival", "button|presentation|arrival"),
    "trigger.timeout_s": ("0.1 to 60 seconds", ""),
    "trigger.button.source": ("serial, dsr, cts, gpio, key", "serial|dsr|cts|gpio|key"),
    "trigger.button.port": ("text or null", ""),
    "trigger.button.chip": ("text or null", ""),
    "trigger.button.line": ("text or null", ""),
    "trigger.button.device": ("text or null", ""),
    "trigger.button.code": ("1 to 767", ""),
    "trigger.button.active": ("usual, low, high", "usual|low|high"),
    "service.url": ("text", ""),
    "service.access_code_file": ("absolute path or null", ""),
    "service.save_image": ("true or false", "true|false"),
    "service.vin_decode": ("true or false", "true|false"),
    "service.format": ("json, xml", "json|xml"),
    "service.ca_file": ("absolute path or null", ""),
    "service.connect_timeout_s": ("0.1 to 120 seconds", ""),
    "service.answer_timeout_s": ("1 to 600 seconds", ""),
    "service.backoff.first_s": ("0.05 to 60 seconds", ""),
    "service.backoff.max_s": ("0.05 to 3600 seconds", ""),
    "service.breaker.failures": ("1 to 100", ""),
    "service.breaker.doubts": ("1 to 100", ""),
    "service.breaker.retry_s": ("1 to 86400 seconds", ""),
    "upload.when": ("located, read, never", "located|read|never"),
    "upload.rescan_window_s": ("0 to 86400 seconds", ""),
    "upload.daily_credit_limit": ("1 to 100000", ""),
    "station.port": ("text or null", ""),
    "station.baud": (
        "1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200",
        "1200|2400|4800|9600|19200|38400|57600|115200",
    ),
    "station.display": (
        "cd5220, epson, logic_controls, matrix_orbital, serlcd, plain, plain_cr, plain_stx_etx",
        "cd5220|epson|logic_controls|matrix_orbital|serlcd|plain|plain_cr|plain_stx_etx",
    ),
    "station.language": ("en, es, de", "en|es|de"),
    "station.brightness": ("unchanged, 20, 40, 60, 100", "unchanged|20|40|60|100"),
    "station.button": ("text in double quotes", ""),
    "station.scanner.port": ("text or null", ""),
    "station.scanner.baud": (
        "1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200",
        "1200|2400|4800|9600|19200|38400|57600|115200",
    ),
    "station.scanner.family": (
        "plain, honeywell, datalogic, zebra_ssi, gm65, keyence",
        "plain|honeywell|datalogic|zebra_ssi|gm65|keyence",
    ),
    "station.scanner.suffix": ("line, cr, lf, crlf, tab, stx_etx", "line|cr|lf|crlf|tab|stx_etx"),
    "station.light.port": ("text or null", ""),
    "station.light.baud": (
        "1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200",
        "1200|2400|4800|9600|19200|38400|57600|115200",
    ),
    "station.light.family": ("adafruit_tower", "adafruit_tower"),
    "retention.pictures_days": ("1 to 3650 days", ""),
    "retention.results_days": ("1 to 3650 days", ""),
    "keep_frames": ("true or false", "true|false"),
}
