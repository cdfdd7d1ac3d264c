"""The life of an appointment: which states lead where, and what they mean to others (FHIR R5, Appointment.status)."""

from db.vocabulary import AppointmentStatus as S

TRANSITIONS: dict[S, tuple[S, ...]] = {
    S.PROPOSED: (S.PENDING, S.BOOKED, S.WAITLIST, S.CANCELLED, S.ENTERED_IN_ERROR),
    S.WAITLIST: (S.PENDING, S.BOOKED, S.CANCELLED, S.ENTERED_IN_ERROR),
    S.PENDING: (S.BOOKED, S.WAITLIST, S.CANCELLED, S.ENTERED_IN_ERROR),
    S.BOOKED: (S.ARRIVED, S.CHECKED_IN, S.FULFILLED, S.NOSHOW, S.CANCELLED, S.ENTERED_IN_ERROR),
    S.ARRIVED: (S.CHECKED_IN, S.FULFILLED, S.NOSHOW, S.CANCELLED, S.ENTERED_IN_ERROR),
    S.CHECKED_IN: (S.FULFILLED, S.NOSHOW, S.CANCELLED, S.ENTERED_IN_ERROR),
    S.NOSHOW: (S.ARRIVED, S.ENTERED_IN_ERROR),
    S.FULFILLED: (S.ENTERED_IN_ERROR,),
    S.CANCELLED: (S.ENTERED_IN_ERROR,),
    S.ENTERED_IN_ERROR: (),
}
"""What may follow each state. The function `transition_appointment` of migration 0003 holds the same; a test compares them.

BOOKED leads past ARRIVED and CHECKED_IN, because not every house takes arrivals. Who has arrived can still leave unseen
(NOSHOW), and who was given up can still come (ARRIVED). What is over stays over: a new appointment is a new row.
"""

PLANNED = (S.PROPOSED, S.PENDING, S.BOOKED, S.WAITLIST)
"""What an appointment begins as, and the states in which it can be moved."""

UPCOMING = (S.PENDING, S.BOOKED)
"""With a start that lies ahead: the patient is expected. The partial index `appointments_upcoming` has these."""

OCCUPYING = (S.PENDING, S.BOOKED, S.ARRIVED, S.CHECKED_IN, S.FULFILLED)
"""What takes the practitioner's time, so that no other may overlap it where both are exclusive."""
