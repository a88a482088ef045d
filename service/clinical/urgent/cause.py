"""A grave cause: injury, infection, cancer, arteries, shingles."""

from service.clinical.rule import Above, Is, RedFlag
from service.clinical.terms import ARTERIES, INFECTION, INJURY, SHINGLES, TUMOUR
from service.clinical.vocabulary import Urgency

FLAGS: tuple[RedFlag, ...] = (
    RedFlag(
        id="back_pain_or_numbness_after_injury",
        level=Urgency.URGENT,
        title="Back or neck pain or a numb buttock, thigh or foot after a significant injury",
        when=(
            ("back_pain", "neck_pain", "buttock_numbness", "thigh_numbness", "foot_numbness"),
            ("recent_trauma",),
        ),
        suspects=(INJURY,),
        guidelines=("nice_back_pain",),
    ),
    RedFlag(
        id="buttock_pain_after_injury_with_frail_bones",
        # Old age begins where the fracture rule of Henschke 2009 has it.
        level=Urgency.URGENT,
        title="Pain of buttock, pelvis, hip or groin after an injury, with thin bones, steroids"
        " or an age over 70",
        when=(
            ("buttock_pain", "pelvic_pain", "hip_pain", "groin_pain"),
            ("recent_trauma", "buttock_injury"),
            ("osteoporosis_or_steroids", Above("age_years", 70)),
        ),
        suspects=(INJURY,),
        guidelines=("acr_2021",),
    ),
    RedFlag(
        id="sudden_back_pain_with_frail_bones",
        level=Urgency.URGENT,
        title="Sudden severe back pain in someone with thin bones or long steroid use",
        when=(("severe_back_pain",), (Is("onset", "sudden"),), ("osteoporosis_or_steroids",)),
        suspects=(INJURY,),
        guidelines=("nice_back_pain", "acr_2021"),
    ),
    RedFlag(
        id="infection_sign_with_back_pain",
        level=Urgency.URGENT,
        title="Back or neck pain with fever or another sign of infection",
        when=(("back_pain", "neck_pain"), ("fever", "other_infection_sign")),
        suspects=(INFECTION,),
        guidelines=("nice_back_pain", "nhs_acute_back_pain"),
    ),
    RedFlag(
        id="infection_risk_with_back_pain",
        level=Urgency.URGENT,
        title="Back pain with weak immunity, injected drugs or a procedure on the spine, and a"
        " second sign: at night or at rest, a tender spine, an infection, diabetes or"
        " getting worse",
        when=(
            ("back_pain",),
            ("immunosuppression", "injection_drug_use", "recent_spinal_procedure"),
            (
                "night_pain",
                "unrelieved_by_lying",
                "spinal_tenderness",
                "recent_infection",
                "diabetes",
                Is("trend", "worsening"),
            ),
        ),
        suspects=(INFECTION,),
        guidelines=("nice_back_pain", "ifompt_2020"),
    ),
    RedFlag(
        id="tumour_signs_over_50",
        level=Urgency.URGENT,
        title="Back pain over the age of 50 that does not let go at rest or at night, with a"
        " second sign: the upper back, a band round the trunk, a tender spine, or getting"
        " worse",
        when=(
            ("back_pain",),
            (Above("age_years", 50),),
            ("night_pain", "unrelieved_by_lying"),
            (
                "upper_back_pain",
                "band_like_trunk_pain",
                "spinal_tenderness",
                Is("trend", "worsening"),
            ),
        ),
        suspects=(TUMOUR,),
        guidelines=("nice_back_pain", "ifompt_2020"),
    ),
    RedFlag(
        id="cold_painful_leg",
        level=Urgency.URGENT,
        title="A cold or pale leg that hurts, with numbness, weakness, or pain at rest or at night",
        when=(
            ("leg_coldness_or_pallor",),
            ("leg_pain",),
            ("leg_numbness", "foot_numbness", "leg_weakness", "night_pain", "unrelieved_by_lying"),
        ),
        suspects=(ARTERIES,),
        guidelines=("nhs_highland_vascular",),
    ),
    RedFlag(
        id="rest_pain_with_weak_pulses",
        level=Urgency.URGENT,
        title="Weak leg pulses with a cold leg or pain at rest or at night",
        when=(
            ("weak_leg_pulses",),
            ("leg_coldness_or_pallor", "night_pain", "unrelieved_by_lying"),
        ),
        suspects=(ARTERIES,),
        guidelines=("nhs_highland_vascular",),
    ),
    RedFlag(
        id="blistering_rash",
        # Within 24 hours, so that the 72 hours in which the medicine helps are not over.
        level=Urgency.URGENT,
        title="A painful rash with blisters on one side",
        when=(("blistering_rash",),),
        suspects=(SHINGLES,),
        guidelines=("nhs_shingles",),
    ),
)
