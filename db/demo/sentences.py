"""What is written in notes: sentences with gaps, and the words that go into the gaps.

Each sentence has at least 40 characters, so that each can be a note of its own.
"""

from collections.abc import Sequence

from db.vocabulary import AddendumKind, NoteCategory

SENTENCES: dict[NoteCategory, Sequence[str]] = {
    NoteCategory.ASSESSMENT: (
        "Admission assessment completed together with {family}; {risk} risk rated {level}.",
        "Reviewed the {risk} risk after the {event}: now {level}, next review in {days} days.",
        "Braden score {braden}, Barthel index {barthel}; the care plan was adapted accordingly.",
        "Pain assessed with the numeric scale: {score} of 10 in the {site}, worse {when}.",
        "Orientation: knows person and place, unsure about the date. Mini-Cog {minicog} of 5.",
        "Hearing and eyesight checked; {aid} needed for reading and conversation.",
        "{family} reports that the resident used to like {activity}, which we will offer again.",
        "Skin inspected from head to toe, {finding} at the {site}, otherwise intact.",
    ),
    NoteCategory.PROGRESS: (
        "Calm {shift}, took part in {activity} and talked with {family} for a while.",
        "Slept about {hours} hours, was up {times} to the toilet, no complaints this morning.",
        "Says that the {symptom} of the last days is {trend}; will be observed further.",
        "Needed {help} with washing and dressing, the rest was done independently.",
        "Goal of the week, {activity} every other day, was reached {times}.",
        "Visited by {family}, was in {mood} mood afterwards and ate well at supper.",
        "Felt dizzy when getting up {when}; sat down again, better after {minutes} minutes.",
        "Phoned with {family} about the coming {event}; they agree with what is planned.",
        "Spent the {shift} in the garden with the group, enjoyed {activity} very much.",
        "Complained of {symptom} {when}; {person} was informed and will come by.",
    ),
    NoteCategory.MEDICATION: (
        "{drug} {dose} given as prescribed {when}, taken with {sip} ml of water.",
        "Refused {drug} {dose} twice; {person} informed, to be offered again {when}.",
        "Insulin {units} units subcutaneously into the {fold}, blood glucose {glucose} mg/dl before.",
        "As-needed {relief} for {symptom}; effect after {minutes} minutes: {trend}.",
        "{drug} raised to {dose} from today by {physician}; watch for {symptom}.",
        "{drug} stopped because of {symptom}, the list of medicines was updated and countersigned.",
        "Pharmacy delivered {drug}; stock counted by two people and found to be correct.",
        "Eye drops given into both eyes {when}, no redness, tolerated without {symptom}.",
        "Levothyroxine {micrograms} µg on an empty stomach, breakfast {minutes} minutes later.",
    ),
    NoteCategory.VITALS: (
        "Blood pressure {systolic}/{diastolic} mmHg, pulse {pulse}/min, temperature {temperature} °C.",
        "BP {systolic}/{diastolic}, HR {pulse}, RR {breaths}, SpO₂ {saturation} % on room air.",
        "Weight {weight} kg in the morning before breakfast, {trend} compared with last week.",
        "Temperature {temperature} °C {when}, paracetamol given, to be measured again in {hours} hours.",
        "Blood glucose {glucose} mg/dl before the meal, {glucose} mg/dl two hours after it.",
        "Oxygen saturation {saturation} % with {litres} l/min, breathing calm, lips rosy.",
        "Blood pressure lying {systolic}/{diastolic}, standing {systolic}/{diastolic}: {person} informed.",
        "Pulse irregular at {pulse}/min, no {symptom}; ECG ordered by {physician} for tomorrow.",
    ),
    NoteCategory.NUTRITION: (
        "Ate {portion} of the {dish} at lunch and drank {amount} ml over the whole {shift}.",
        "Refused {dish}, accepted {snack} instead; family will bring favourite food on Sunday.",
        "Swallowing was slow with {dish}: texture changed to soft, {person} asked for a review.",
        "Fluid balance of the day plus {amount} ml, drinking plan at {percent} % of the goal.",
        "High-calorie drink with {snack} offered between meals, {portion} of it was taken.",
        "Tube feed {amount} ml at {rate} ml/h, tolerated well, position of the tube was checked.",
        "Asked for crème fraîche with the {dish}, and had a second helping of {snack} as well.",
        "Coughed twice while drinking; thickener used from now on, {person} was informed.",
    ),
    NoteCategory.MOBILITY: (
        "Walked {metres} m along the corridor with {walker}, one short rest in between.",
        "Transfer from bed to chair with {help}, stands safely for about {minutes} minutes.",
        "Exercises for {site} and balance done {times}, was tired but content afterwards.",
        "Climbed {steps} steps with the rail under guidance, gait is {trend} since last week.",
        "Repositioned every two hours during the {shift}, heels kept free, no redness.",
        "Tried out {walker} in the garden, height and handles were set to the right measure.",
        "Did not want to get up because of {symptom}; passive movement of the {site} instead.",
    ),
    NoteCategory.WOUND_CARE: (
        "Wound at the {site} {millimetres} x {millimetres} mm, edges {edges}, {exudate} exudate.",
        "Dressing changed at the {site}: {dressing}, next change in {days} days.",
        "Pressure ulcer of category {stage} at the {site}, {trend}; photo taken for the file.",
        "Wound bed {percent} % granulating, surrounding skin {edges}, no smell, no fever.",
        "Stitches at the {site} removed, wound closed and dry, {dressing} for protection.",
        "Wound swab taken from the {site} because of {exudate} exudate, sent to the laboratory.",
        "Skin tear at the {site} after the {event}, cleaned with saline, {dressing} put on.",
    ),
    NoteCategory.BEHAVIOUR: (
        "Restless {when}, looked for {family}; calmed down with {activity} after {minutes} minutes.",
        "Refused care and shouted; two people came back later and all went well with {activity}.",
        "In {mood} mood the whole {shift}, sought contact with others in the day room.",
        "Wandered in the corridor {times} at night and was led back to bed without trouble.",
        "Wept when {family} left, spoke about home; sat together and looked at photographs.",
        "Suspicious about the {drug}, took it when {person} explained what it is for.",
    ),
    NoteCategory.INCIDENT: (
        "Found on the floor beside the bed {when}, conscious, {finding} at the {site}.",
        "Fall in the bathroom without injury; vital signs stable, {family} and {person} informed.",
        "Wrong time for {drug} {dose}: given {hours} hours late, no harm, reported internally.",
        "Slipped out of the wheelchair in the garden; {finding} at the {site}, cooled at once.",
        "Left the house alone {when}, brought back by neighbours after {minutes} minutes, unharmed.",
        "Choked on {snack}, back blows given, airway free again, breathing normal within a minute.",
    ),
    NoteCategory.HANDOVER: (
        "Quiet {shift}: no changes in medicines, {physician} comes for the round {when}.",
        "To do next: {drug} {dose} {when}, then blood pressure, then call {family}.",
        "Please watch for {symptom}; if it gets worse call {person} without waiting.",
        "Laboratory results are due {when}; inform {person} when potassium or CRP are high.",
        "Transport to the hospital is ordered for tomorrow, {family} comes along, papers are at the desk.",
        "Ate {portion} of supper, drank {amount} ml; pain {score} of 10, {drug} has been given.",
        "Next of kin, {family}, would like a talk about the {event} within {days} days.",
        "Bed alarm is switched on, call bell and {walker} are within reach of the bed.",
    ),
}

RARE = (
    "Sudden {rare} noticed {when}; {person} informed at once and examined the resident.",
    "History of {rare} mentioned by {family}, not in our papers so far, added to the file.",
    "No sign of {rare} any more, follow-up with {person} in {days} days as agreed.",
    "Laboratory called because of {rare}: repeat the sample {when} and keep {person} informed.",
)

REASONS: dict[AddendumKind, Sequence[str]] = {
    AddendumKind.CORRECTION: ("Wrong value", "Wrong side of the body", "Wrong time", "Typing error in the dose"),
    AddendumKind.CLARIFICATION: ("Asked for by the physician", "Wording was unclear", "Question of the family"),
    AddendumKind.ADDITION: ("Result came later", "Forgotten in the note", "Further observation"),
}
ADDITIONS: dict[AddendumKind, Sequence[str]] = {
    AddendumKind.CORRECTION: ("Corrected: ", "To be read instead of what was written: ", "Right is: "),
    AddendumKind.CLARIFICATION: ("To be clear: ", "What was meant is this: ", "In other words: "),
    AddendumKind.ADDITION: ("In addition: ", "Later on the same day: ", "To complete the note: "),
}
RETRACTIONS = (
    "Written for the wrong resident",
    "Entered twice",
    "Wrong resident chosen in the list",
    "Test entry made during training",
    "Measurement belongs to another day",
)
