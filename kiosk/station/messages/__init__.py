"""All the words a technician sees."""

from kiosk.station.messages.facts import vin_shown
from kiosk.station.messages.message import PAGE_S, Message, Mood
from kiosk.station.messages.standing import Beginning, Phase, Standing
from kiosk.station.messages.words import LANGUAGES, message_for, resting_message

__all__ = [
    "LANGUAGES",
    "PAGE_S",
    "Beginning",
    "Message",
    "Mood",
    "Phase",
    "Standing",
    "message_for",
    "resting_message",
    "vin_shown",
]
