"""Emergencies of a grave cause: injury, cancer, infection, a pressed cord, arteries."""

from service.clinical.rule import Above, Is, RedFlag
from service.clinical.terms import (
    ARTERIES,
    CAUDA,
    DEFICIT,
    INFECTION,
    INJURY,
    NEUROPATHY,
    NEW,
    TUMOUR,
)
from service.clinical.vocabulary import Urgency

FLAGS: tuple[RedFlag, ...] = (
    RedFlag(
        id="severe_back_pain_after_injury",
        level=Urgency.EMERGENCY,
        title="Severe back pain after a significant injury that is new, or with a tender spine,"
        " thin bones, steroids or an age over 64",
        when=(
            ("severe_back_pain",),
            ("recent_trauma",),
            (*NEW, "spinal_tenderness", "osteoporosis_or_steroids", Above("age_years", 64)),
        ),
        suspects=(INJURY,),
        guidelines=("nice_back_pain",),
    ),
    RedFlag(
        id="deficit_after_injury",
        level=Urgency.EMERGENCY,
        title="Weakness or numbness of leg, arm or trunk, symptoms in both legs or an unsteady"
        " gait after a significant injury",
        when=(
            ("recent_trauma",),
            (*DEFICIT, "bilateral_leg_symptoms", "arm_weakness_or_numbness", "unsteady_gait"),
        ),
        suspects=(INJURY, CAUDA),
        guidelines=("nice_back_pain",),
    ),
    RedFlag(
        id="lost_strength_with_cancer_history",
        level=Urgency.EMERGENCY,
        title="A weak leg, a numb trunk, lost feeling, symptoms in both legs or an unsteady"
        " gait in someone who has had cancer",
        when=(
            ("cancer_history",),
            (
                "leg_weakness",
                "trunk_numbness",
                "complete_sensory_loss",
                "bilateral_leg_symptoms",
                "unsteady_gait",
            ),
        ),
        suspects=(TUMOUR, CAUDA),
        guidelines=("nice_mscc_2023",),
    ),
    RedFlag(
        id="deficit_with_pain_and_cancer_history",
        # The guideline counts pain down one leg too; alone that stays urgent, for many who once
        # had cancer have sciatica.
        level=Urgency.EMERGENCY,
        title="Back or neck pain or a band of pain in someone who has had cancer, with lost"
        " feeling, a weak or numb arm, difficulty walking or a change of bladder or bowel",
        when=(
            ("cancer_history",),
            ("back_pain", "neck_pain", "band_like_trunk_pain"),
            (
                "leg_numbness",
                "arm_weakness_or_numbness",
                "difficulty_walking",
                "bowel_retention",
                "new_urinary_symptoms",
            ),
        ),
        suspects=(TUMOUR, CAUDA),
        guidelines=("nice_mscc_2023",),
    ),
    RedFlag(
        id="deficit_with_infection_sign",
        level=Urgency.EMERGENCY,
        title="Back or neck pain with fever or another sign of infection, and weakness or lost"
        " feeling",
        when=(
            ("back_pain", "neck_pain"),
            ("fever", "other_infection_sign"),
            (*DEFICIT, "arm_weakness_or_numbness"),
        ),
        suspects=(INFECTION,),
        guidelines=("nice_back_pain", "nhs_acute_back_pain"),
    ),
    RedFlag(
        id="weak_leg_with_cord_sign",
        level=Urgency.EMERGENCY,
        title="A weak leg with brisk reflexes or a numb trunk, as when the spinal cord is pressed",
        when=(("leg_weakness",), ("increased_reflexes", "trunk_numbness")),
        suspects=(TUMOUR, NEUROPATHY),
        guidelines=("nice_back_pain", "nice_mscc_2023"),
    ),
    RedFlag(
        id="numb_trunk_with_deficit",
        level=Urgency.EMERGENCY,
        title="A numb trunk with numb legs, symptoms in both legs, an unsteady gait or a change"
        " of the bladder",
        when=(
            ("trunk_numbness",),
            ("leg_numbness", "bilateral_leg_symptoms", "unsteady_gait", "new_urinary_symptoms"),
        ),
        suspects=(TUMOUR, NEUROPATHY),
        guidelines=("nice_back_pain", "nice_mscc_2023"),
    ),
    RedFlag(
        id="new_deficit_with_infection_risk",
        # No fever is needed: an abscess of the spine often has none.
        level=Urgency.EMERGENCY,
        title="Back pain with weak immunity or injected drugs, and a weak or numb leg or"
        " symptoms in both legs that are new or getting worse",
        when=(
            ("back_pain",),
            ("immunosuppression", "injection_drug_use"),
            ("leg_weakness", "leg_numbness", "bilateral_leg_symptoms"),
            (*NEW, Is("trend", "worsening")),
        ),
        suspects=(INFECTION,),
        guidelines=("nice_back_pain", "acr_2021"),
    ),
    RedFlag(
        id="new_weakness_after_spinal_procedure",
        level=Urgency.EMERGENCY,
        title="A weak leg or symptoms in both legs, new or getting worse, after a procedure on"
        " the spine",
        when=(
            ("recent_spinal_procedure",),
            ("leg_weakness", "bilateral_leg_symptoms"),
            (*NEW, Is("trend", "worsening")),
        ),
        suspects=(INFECTION, CAUDA),
        guidelines=("nice_back_pain", "acr_2021"),
    ),
    RedFlag(
        id="cold_leg_of_new_onset",
        level=Urgency.EMERGENCY,
        title="A leg that newly became cold or pale and hurts, is numb, weak or without pulse",
        when=(
            ("leg_coldness_or_pallor",),
            NEW,
            ("leg_pain", "leg_numbness", "foot_numbness", "leg_weakness", "weak_leg_pulses"),
        ),
        suspects=(ARTERIES,),
        guidelines=("nhs_highland_vascular",),
    ),
)
