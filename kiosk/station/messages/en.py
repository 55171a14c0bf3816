"""Every word a technician sees, in English: the upper and the lower row of each page.

``{name}`` is filled in by ``words.py``; every row fits its 20 columns with the longest fill-in, but
for a car's name, which is cut at its right end. Promises: "SAVED" only for what is on disk, "OK"
only for what the service recognised, "SENDING" only for what is about to be sent. "PRESS AGAIN"
stands only where pressing needs nobody else: where the office is to be asked first, a price does.
"""

from collections.abc import Mapping
from types import MappingProxyType

from kiosk.station.codecs.text import Lines

TEXTS: Mapping[str, tuple[Lines, ...]] = MappingProxyType(
    {
        # the station at rest
        "starting": (("STARTING", "PLEASE WAIT"),),
        "stopping": (("STATION IS OFF", "DO NOT SCAN"),),
        "ready": (("READY", "PRESS THE BUTTON"),),
        "ready_presentation": (("READY", "SHOW LABEL OR PRESS"),),
        "ready_arrival": (("READY", "WAITING FOR PICTURES"),),
        "ready_waiting": (("READY", "{waiting} WAITING TO SEND"),),
        "ready_in_doubt": (("READY-{in_doubt} IN DOUBT", "ASK THE OFFICE"),),
        "ready_offline": (("READY", "OFFLINE-{waiting} WAITING"),),
        "paused_storage": (
            ("SENDING IS STOPPED", "SCANS ARE SAVED"),
            ("DISK IS NOT SOUND", "TELL THE OFFICE"),
        ),
        "paused_balance": (
            ("ACCOUNT EMPTY", "SCANS ARE SAVED"),
            ("ACCOUNT EMPTY", "TELL THE OFFICE"),
        ),
        "paused_configuration": (
            ("SENDING IS STOPPED", "SCANS ARE SAVED"),
            ("SETTINGS ARE WRONG", "TELL THE OFFICE"),
        ),
        "paused_doubts": (
            ("SENDING IS STOPPED", "SCANS ARE SAVED"),
            ("TOO MANY DOUBTS", "TELL THE OFFICE"),
        ),
        "paused_operator": (
            ("SENDING IS STOPPED", "SCANS ARE SAVED"),
            ("THE OFFICE STOPPED", "SENDING FOR NOW"),
        ),
        "daily_limit": (
            ("DAILY LIMIT REACHED", "SCANS ARE SAVED"),
            ("DAILY LIMIT REACHED", "TELL THE OFFICE"),
        ),
        "camera_lost": (("CAMERA LOST", "CHECK ITS CABLE"),),
        "button_lost": (("BUTTON LOST", "CHECK ITS CABLE"),),
        "button_stuck": (("BUTTON STUCK", "CHECK THE BUTTON"),),
        "scanner_lost": (("READY-SCANNER LOST", "CHECK ITS CABLE"),),
        "scanner_stuck": (("READY-SCANNER STUCK", "CHECK THE SCANNER"),),
        # a scan, as the lane tells it
        "scanning": (("SCANNING", "LOOKING FOR LABEL"),),
        "busy": (("BUSY", "ONE MOMENT PLEASE"),),
        "accepted": (("{vin}", "READ HERE - SENDING"),),
        "accepted_unread": (("LABEL NOT READ HERE", "SAVED - SENDING"),),
        "accepted_held": (("{vin}", "SAVED - NOT SENT YET"),),
        "accepted_unread_held": (("LABEL NOT READ HERE", "SAVED - NOT SENT YET"),),
        "recorded": (("{vin}", "NOTED - NOT SENT"),),
        "recorded_hand": (("{vin}", "SAVED - HAND SCANNED"),),
        "recorded_sent": (("{vin}", "SENT AT YOUR PRESS"),),
        "ask_first": (("LABEL STILL UNREAD", "PRESS AGAIN TO PAY"),),
        "two_labels": (("TWO LABELS IN VIEW", "SHOW ONLY ONE"),),
        "not_vin": (("THIS IS NO VIN", "SHOW THE VIN LABEL"),),
        "foreign": (("OTHER KIND OF CODE", "SHOW THE VIN LABEL"),),
        "foreign_vin": (("{vin}", "OTHER CODE, NOT SENT"),),
        "no_label": (
            ("NO LABEL SEEN", "COME CLOSER"),
            ("NO LABEL SEEN", "HOLD IT STRAIGHTER"),
            ("NO LABEL SEEN", "MORE LIGHT, NO GLARE"),
        ),
        "no_label_closer": (("NO LABEL SEEN", "COME CLOSER"),),
        "no_label_light": (("NO LABEL SEEN", "MORE LIGHT, NO GLARE"),),
        "unreadable": (("LABEL NOT READ", "TAKE VIN BY HAND"),),
        "press_button": (("LABEL NOT READ", "PRESS THE BUTTON"),),
        "no_camera": (("NOT SCANNED", "CAMERA LOST"),),
        "refused": (("NOT SAVED", "DISK FULL-CALL HELP"),),
        # an earlier scan answers: its state is the second page, with what one more press means
        "already": (
            ("{vin}", "ALREADY SCANNED {ago}"),
            ("PAID FOR BEFORE", "PRESS AGAIN TO PAY"),
        ),
        "already_waiting": (
            ("{vin}", "ALREADY SCANNED {ago}"),
            ("{vin}", "NO ANSWER YET"),
        ),
        "already_recognized": (
            ("{vin}", "ALREADY SCANNED {ago}"),
            ("CONFIRMED BEFORE", "PRESS AGAIN TO PAY"),
        ),
        "already_unrecognized": (
            ("{vin}", "ALREADY SCANNED {ago}"),
            ("SERVICE READ NOTHING", "PRESS AGAIN TO PAY"),
        ),
        "already_in_doubt": (
            ("{vin}", "ALREADY SCANNED {ago}"),
            ("NOT SURE IT ARRIVED", "AGAIN COSTS A CREDIT"),
        ),
        "already_rejected": (
            ("{vin}", "ALREADY SCANNED {ago}"),
            ("REJECTED BEFORE", "AGAIN COSTS A CREDIT"),
        ),
        # the same where nobody pressed: nothing is asked, but a doubt is told
        "seen_again": (("{vin}", "ALREADY SCANNED {ago}"),),
        "seen_again_in_doubt": (
            ("{vin}", "ALREADY SCANNED {ago}"),
            ("NOT SURE IT ARRIVED", "ASK THE OFFICE"),
        ),
        # what became of it, as the uploader tells it
        "waiting": (("{vin}", "SAVED  {waiting} WAITING"),),
        "recognized": (("{vin}", "OK {car}"),),
        "recognized_differs": (
            ("{vin}", "CHECK VIN ON CAR!"),
            ("{local_vin}", "CHECK! READ HERE"),
        ),
        "recognized_no_vin": (("SERVICE READ NO VIN", "ASK THE OFFICE"),),
        "unrecognized": (("{vin}", "SERVICE READ NOTHING"),),
        "unrecognized_unread": (("LABEL NOT READ", "TAKE VIN BY HAND"),),
        "unrecognized_error": (("{vin}", "SERVICE HAD AN ERROR"),),
        "in_doubt": (("{vin}", "NOT SURE IT ARRIVED"), ("{vin}", "ASK THE OFFICE")),
        "in_doubt_unread": (("NOT SURE IT ARRIVED", "ASK THE OFFICE"),),
        "rejected": (("{vin}", "REJECTED-ASK OFFICE"),),
        # what stands where a fact is not known
        "no_vin": (("LABEL NOT READ HERE", ""),),
        "no_car": (("CONFIRMED", ""),),
        "some": (("SOME", ""),),
        # {ago}, by its size
        "ago_minutes": (("{number}M", ""),),
        "ago_hours": (("{number}H", ""),),
        "ago_days": (("{number}D", ""),),
    }
)
"""A message's pages by its name; other languages have the same names and placeholders."""
