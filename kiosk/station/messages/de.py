"""Every word a technician sees, in German; the names and promises are those of ``en``.

Umlauts are spelt out (UE, AE), which the displays do not have. GESICHERT stands for SAVED, OK and
BESTAETIGT for what the service recognised. What is counted stands where singular and plural read
the same.
"""

from collections.abc import Mapping
from types import MappingProxyType

from kiosk.station.codecs.text import Lines

_SAVED = "ALLES WIRD GESICHERT"
_TELL = "BUERO INFORMIEREN"
_ASK = "BUERO FRAGEN"
_PAYS = "NEU DRUECKEN KOSTET"
_COSTS = "NOCHMAL KOSTET GELD"
_STOPPED = ("SENDEN GESTOPPT", _SAVED)
_BEFORE = ("{vin}", "SCHON GESCANNT {ago}")
_UNREAD = "ETIKETT UNGELESEN"
_UNREAD_HERE = "HIER NICHT GELESEN"
_BY_HAND = "VIN AUFSCHREIBEN"
_UNSURE = "UNKLAR, OB ERHALTEN"
_UNSEEN = "KEIN ETIKETT GESEHEN"

TEXTS: Mapping[str, tuple[Lines, ...]] = MappingProxyType(
    {
        # the station at rest
        "starting": (("STARTET", "BITTE WARTEN"),),
        "stopping": (("STATION IST AUS", "NICHT SCANNEN"),),
        "ready": (("BEREIT", "TASTE DRUECKEN"),),
        "ready_presentation": (("BEREIT", "ETIKETT ODER TASTE"),),
        "ready_arrival": (("BEREIT", "WARTET AUF BILDER"),),
        "ready_waiting": (("BEREIT", "{waiting} NOCH ZU SENDEN"),),
        "ready_in_doubt": (("BEREIT-{in_doubt} UNKLAR", _ASK),),
        "ready_offline": (("BEREIT - OFFLINE", "{waiting} NOCH ZU SENDEN"),),
        "paused_storage": (_STOPPED, ("SPEICHER DEFEKT", _TELL)),
        "paused_balance": (("KONTO LEER", _SAVED), ("KONTO LEER", _TELL)),
        "paused_configuration": (_STOPPED, ("EINSTELLUNG FALSCH", _TELL)),
        "paused_doubts": (_STOPPED, ("ZU VIELES UNKLAR", _TELL)),
        "paused_operator": (_STOPPED, ("VOM BUERO ANGEHALTEN", "BIS AUF WEITERES")),
        "daily_limit": (("TAGESLIMIT ERREICHT", _SAVED), ("TAGESLIMIT ERREICHT", _TELL)),
        "camera_lost": (("KAMERA FEHLT", "KABEL PRUEFEN"),),
        "button_lost": (("TASTE FEHLT", "KABEL PRUEFEN"),),
        "button_stuck": (("TASTE KLEMMT", "TASTE PRUEFEN"),),
        "scanner_lost": (("BEREIT-OHNE SCANNER", "KABEL PRUEFEN"),),
        "scanner_stuck": (("BEREIT-SCANNER HAKT", "SCANNER PRUEFEN"),),
        # a scan, as the lane tells it
        "scanning": (("SCANNT", "SUCHT ETIKETT"),),
        "busy": (("BESCHAEFTIGT", "MOMENT BITTE"),),
        "accepted": (("{vin}", "HIER GELESEN-SENDET"),),
        "accepted_unread": ((_UNREAD_HERE, "GESICHERT - SENDET"),),
        "accepted_held": (("{vin}", "GESICHERT - WARTET"),),
        "accepted_unread_held": ((_UNREAD_HERE, "GESICHERT - WARTET"),),
        "recorded": (("{vin}", "NUR HIER NOTIERT"),),
        "recorded_hand": (("{vin}", "GESICHERT - HANDSCAN"),),
        "recorded_sent": (("{vin}", "PER TASTE GESENDET"),),
        "ask_first": (("WIEDER NICHT GELESEN", _PAYS),),
        "two_labels": (("ZWEI ETIKETTEN", "NUR EINES ZEIGEN"),),
        "not_vin": (("DAS IST KEINE VIN", "VIN-ETIKETT ZEIGEN"),),
        "foreign": (("ANDERER CODE-TYP", "VIN-ETIKETT ZEIGEN"),),
        "foreign_vin": (("{vin}", "FREMDCODE UNGESENDET"),),
        "no_label": (
            (_UNSEEN, "NAEHER HERAN"),
            (_UNSEEN, "GERADER HALTEN"),
            (_UNSEEN, "HELLER, OHNE GLANZ"),
        ),
        "no_label_closer": ((_UNSEEN, "NAEHER HERAN"),),
        "no_label_light": ((_UNSEEN, "HELLER, OHNE GLANZ"),),
        "unreadable": ((_UNREAD, _BY_HAND),),
        "press_button": ((_UNREAD, "TASTE DRUECKEN"),),
        "no_camera": (("NICHT GESCANNT", "KAMERA FEHLT"),),
        "refused": (("NICHT GESICHERT", "SPEICHER VOLL-HILFE!"),),
        # an earlier scan answers: its state is the second page, with what one more press means
        "already": (_BEFORE, ("SCHON BEZAHLT", _PAYS)),
        "already_waiting": (_BEFORE, ("{vin}", "NOCH KEINE ANTWORT")),
        "already_recognized": (_BEFORE, ("SCHON BESTAETIGT", _PAYS)),
        "already_unrecognized": (_BEFORE, ("DIENST LAS NICHTS", _PAYS)),
        "already_in_doubt": (_BEFORE, (_UNSURE, _COSTS)),
        "already_rejected": (_BEFORE, ("SCHON ABGELEHNT", _COSTS)),
        # the same where nobody pressed: nothing is asked, but a doubt is told
        "seen_again": (_BEFORE,),
        "seen_again_in_doubt": (_BEFORE, (_UNSURE, _ASK)),
        # what became of it, as the uploader tells it
        "waiting": (("{vin}", "GESICHERT-{waiting} OFFEN"),),
        "recognized": (("{vin}", "OK {car}"),),
        "recognized_differs": (
            ("{vin}", "AM AUTO PRUEFEN!"),
            ("{local_vin}", "HIER GELESEN-PRUEFEN"),
        ),
        "recognized_no_vin": (("DIENST LAS KEINE VIN", _ASK),),
        "unrecognized": (("{vin}", "DIENST LAS NICHTS"),),
        "unrecognized_unread": ((_UNREAD, _BY_HAND),),
        "unrecognized_error": (("{vin}", "FEHLER BEIM DIENST"),),
        "in_doubt": (("{vin}", _UNSURE), ("{vin}", _ASK)),
        "in_doubt_unread": ((_UNSURE, _ASK),),
        "rejected": (("{vin}", "ABGELEHNT - BUERO"),),
        # what stands where a fact is not known
        "no_vin": ((_UNREAD_HERE, ""),),
        "no_car": (("BESTAETIGT", ""),),
        "some": (("?", ""),),
        # {ago}, by its size
        "ago_minutes": (("{number}MIN", ""),),
        "ago_hours": (("{number}STD", ""),),
        "ago_days": (("{number}TG", ""),),
    }
)
"""A message's pages by its name."""
