"""Every word a technician sees, in Spanish; the names and promises are those of ``en``.

Without accents and ñ, which the displays do not have. GUARDADO stands for SAVED, OK and CONFIRMADO
for what the service recognised. What is counted stands where singular and plural read the same.
"""

from collections.abc import Mapping
from types import MappingProxyType

from kiosk.station.codecs.text import Lines

_TELL = "AVISE A LA OFICINA"
_ASK = "PREGUNTE EN OFICINA"
_PAYS = "SI REPITE, SE COBRA"
_COSTS = "OTRA VEZ: 1 CREDITO"
_STOPPED = ("ENVIO DETENIDO", "TODO SE GUARDA")
_BEFORE = ("{vin}", "YA LEIDO {ago}")
_UNREAD = "ETIQUETA NO LEIDA"
_BY_HAND = "ANOTE EL VIN A MANO"
_UNSURE = "NO SE SABE SI LLEGO"

TEXTS: Mapping[str, tuple[Lines, ...]] = MappingProxyType(
    {
        # the station at rest
        "starting": (("INICIANDO", "ESPERE POR FAVOR"),),
        "stopping": (("ESTACION APAGADA", "NO ESCANEE"),),
        "ready": (("LISTO", "PULSE EL BOTON"),),
        "ready_presentation": (("LISTO", "ETIQUETA O BOTON"),),
        "ready_arrival": (("LISTO", "ESPERANDO FOTOS"),),
        "ready_waiting": (("LISTO", "{waiting} POR ENVIAR"),),
        "ready_in_doubt": (("LISTO-{in_doubt} EN DUDA", _ASK),),
        "ready_offline": (("LISTO-SIN CONEXION", "{waiting} POR ENVIAR"),),
        "paused_storage": (_STOPPED, ("DISCO CON FALLOS", _TELL)),
        "paused_balance": (("CUENTA SIN SALDO", "TODO SE GUARDA"), ("CUENTA SIN SALDO", _TELL)),
        "paused_configuration": (_STOPPED, ("AJUSTES INCORRECTOS", _TELL)),
        "paused_doubts": (_STOPPED, ("DEMASIADAS DUDAS", _TELL)),
        "paused_operator": (_STOPPED, ("LA OFICINA DETUVO", "EL ENVIO POR AHORA")),
        "daily_limit": (
            ("CUPO DIARIO AGOTADO", "TODO SE GUARDA"),
            ("CUPO DIARIO AGOTADO", _TELL),
        ),
        "camera_lost": (("SIN CAMARA", "REVISE EL CABLE"),),
        "button_lost": (("SIN BOTON", "REVISE EL CABLE"),),
        "button_stuck": (("BOTON ATASCADO", "REVISE EL BOTON"),),
        "scanner_lost": (("LISTO-SIN LECTOR", "REVISE EL CABLE"),),
        "scanner_stuck": (("LISTO-LECTOR TRABADO", "REVISE EL LECTOR"),),
        # a scan, as the lane tells it
        "scanning": (("ESCANEANDO", "BUSCANDO ETIQUETA"),),
        "busy": (("OCUPADO", "UN MOMENTO POR FAVOR"),),
        "accepted": (("{vin}", "LEIDO AQUI-ENVIANDO"),),
        "accepted_unread": (("VIN NO LEIDO AQUI", "GUARDADO - ENVIANDO"),),
        "accepted_held": (("{vin}", "GUARDADO, SIN ENVIAR"),),
        "accepted_unread_held": (("VIN NO LEIDO AQUI", "GUARDADO, SIN ENVIAR"),),
        "recorded": (("{vin}", "ANOTADO - NO ENVIADO"),),
        "recorded_hand": (("{vin}", "GUARDADO CON LECTOR"),),
        "recorded_sent": (("{vin}", "ENVIADO AL PULSAR"),),
        "ask_first": (("ETIQUETA SIN LEER", _PAYS),),
        "two_labels": (("DOS ETIQUETAS", "MUESTRE SOLO UNA"),),
        "not_vin": (("NO ES UN VIN", "MUESTRE ETIQUETA VIN"),),
        "foreign": (("OTRO TIPO DE CODIGO", "MUESTRE ETIQUETA VIN"),),
        "foreign_vin": (("{vin}", "OTRO TIPO-NO ENVIADO"),),
        "no_label": (
            ("NO SE VE ETIQUETA", "MAS CERCA"),
            ("NO SE VE ETIQUETA", "MAS RECTO"),
            ("NO SE VE ETIQUETA", "MAS LUZ, SIN REFLEJO"),
        ),
        "no_label_closer": (("NO SE VE ETIQUETA", "MAS CERCA"),),
        "no_label_light": (("NO SE VE ETIQUETA", "MAS LUZ, SIN REFLEJO"),),
        "unreadable": ((_UNREAD, _BY_HAND),),
        "press_button": ((_UNREAD, "PULSE EL BOTON"),),
        "no_camera": (("NO ESCANEADO", "SIN CAMARA"),),
        "refused": (("NO GUARDADO", "DISCO LLENO: AVISE"),),
        # an earlier scan answers: its state is the second page, with what one more press means
        "already": (_BEFORE, ("PAGADO ANTES", _PAYS)),
        "already_waiting": (_BEFORE, ("{vin}", "AUN SIN RESPUESTA")),
        "already_recognized": (_BEFORE, ("CONFIRMADO ANTES", _PAYS)),
        "already_unrecognized": (_BEFORE, ("EL SERVICIO NO LEYO", _PAYS)),
        "already_in_doubt": (_BEFORE, (_UNSURE, _COSTS)),
        "already_rejected": (_BEFORE, ("RECHAZADO ANTES", _COSTS)),
        # the same where nobody pressed: nothing is asked, but a doubt is told
        "seen_again": (_BEFORE,),
        "seen_again_in_doubt": (_BEFORE, (_UNSURE, _ASK)),
        # what became of it, as the uploader tells it
        "waiting": (("{vin}", "GUARDADO - COLA {waiting}"),),
        "recognized": (("{vin}", "OK {car}"),),
        "recognized_differs": (
            ("{vin}", "COMPARE CON EL AUTO!"),
            ("{local_vin}", "COMPARE! LEIDO AQUI"),
        ),
        "recognized_no_vin": (("SERVICIO NO LEYO VIN", _ASK),),
        "unrecognized": (("{vin}", "EL SERVICIO NO LEYO"),),
        "unrecognized_unread": ((_UNREAD, _BY_HAND),),
        "unrecognized_error": (("{vin}", "ERROR DEL SERVICIO"),),
        "in_doubt": (("{vin}", _UNSURE), ("{vin}", _ASK)),
        "in_doubt_unread": ((_UNSURE, _ASK),),
        "rejected": (("{vin}", "RECHAZADO - OFICINA"),),
        # what stands where a fact is not known
        "no_vin": (("VIN NO LEIDO AQUI", ""),),
        "no_car": (("CONFIRMADO", ""),),
        "some": (("?", ""),),
        # {ago}, by its size
        "ago_minutes": (("HACE {number} MIN", ""),),
        "ago_hours": (("HACE {number} H", ""),),
        "ago_days": (("HACE {number} D", ""),),
    }
)
"""A message's pages by its name."""
