"""The red flags of the level emergency: help now."""

from service.clinical.rule import Above, Is, RedFlag
from service.clinical.terms import (
    ARTERIES,
    CAUDA,
    CAUDA_SIGNS,
    DEFICIT,
    INFECTION,
    INJURY,
    NEUROPATHY,
    NEW,
    PAIN,
    TUMOUR,
)
from service.clinical.vocabulary import Urgency

FLAGS: tuple[RedFlag, ...] = (
    RedFlag(
        id="urinary_retention",
        level=Urgency.EMERGENCY,
        title="Unable to pass urine",
        when=(("urinary_retention",),),
        suspects=(CAUDA, INJURY),
        facts=("001-01", "000-64", "002-13", "004-16"),
    ),
    RedFlag(
        id="urinary_incontinence",
        level=Urgency.EMERGENCY,
        title="Unable to control the bladder",
        when=(("urinary_incontinence",),),
        suspects=(CAUDA, INJURY),
        facts=("004-16", "000-66", "002-13"),
    ),
    RedFlag(
        id="fecal_incontinence",
        level=Urgency.EMERGENCY,
        title="Unable to control the bowels",
        when=(("fecal_incontinence",),),
        suspects=(CAUDA, INJURY),
        facts=("001-02", "004-16", "000-67", "000-69", "002-13"),
    ),
    RedFlag(
        id="saddle_numbness",
        level=Urgency.EMERGENCY,
        title="Lost feeling where a saddle would touch",
        when=(("saddle_numbness",),),
        suspects=(CAUDA, INJURY),
        facts=("001-03", "002-12", "000-68"),
    ),
    RedFlag(
        id="bilateral_leg_weakness",
        level=Urgency.EMERGENCY,
        title="Weakness of both legs",
        when=(("bilateral_leg_weakness",),),
        suspects=(CAUDA, INJURY),
        facts=("001-04", "002-10"),
    ),
    RedFlag(
        id="progressive_neurological_deficit",
        level=Urgency.EMERGENCY,
        title="Weakness, lost feeling or lost control that is getting worse",
        when=(("progressive_neurological_deficit",),),
        suspects=(CAUDA,),
        facts=("001-05",),
    ),
    RedFlag(
        id="sudden_weakness",
        level=Urgency.EMERGENCY,
        title="Weakness of any part that came on suddenly",
        when=(("sudden_weakness",),),
        suspects=(CAUDA,),
        facts=("004-15",),
    ),
    RedFlag(
        id="new_urinary_symptoms_with_pain",
        level=Urgency.EMERGENCY,
        # The fact names the low back; pain anywhere in it counts, for few people place it well.
        # The pathway adds the leg.
        title="Back, buttock or leg pain with any new change in passing urine",
        when=(PAIN, ("new_urinary_symptoms",)),
        suspects=(CAUDA,),
        facts=("001-30",),
        guidelines=("uk_ces_2023",),
    ),
    RedFlag(
        id="bladder_or_bowel_change_with_buttock_numbness",
        level=Urgency.EMERGENCY,
        title="A numb buttock with a bladder or bowel that does not work as before",
        when=(("buttock_numbness",), ("new_urinary_symptoms", "bowel_retention")),
        suspects=(CAUDA, INJURY),
        facts=("000-69", "000-65"),
    ),
    RedFlag(
        id="sudden_leg_and_bowel_change",
        level=Urgency.EMERGENCY,
        title="Legs that suddenly feel or move less, with bowels that cannot be moved",
        when=(
            (Is("onset", "sudden"),),
            ("leg_weakness", "leg_numbness", "thigh_numbness", "bilateral_leg_symptoms"),
            ("bowel_retention",),
        ),
        suspects=(CAUDA,),
        facts=("002-13",),
    ),
    RedFlag(
        id="sudden_buttock_numbness",
        level=Urgency.EMERGENCY,
        title="Buttock numbness that came on suddenly",
        when=(("buttock_numbness",), (Is("onset", "sudden"),)),
        suspects=(CAUDA, INJURY),
        facts=("000-05",),
    ),
    RedFlag(
        id="difficulty_walking_with_buttock_numbness",
        level=Urgency.EMERGENCY,
        title="A numb buttock with difficulty walking",
        when=(("buttock_numbness",), ("difficulty_walking",)),
        suspects=(CAUDA, INJURY),
        facts=("000-61",),
    ),
    RedFlag(
        id="leg_paralysis_with_buttock_numbness",
        level=Urgency.EMERGENCY,
        title="A numb buttock with a hip or leg that cannot be moved",
        when=(("buttock_numbness",), ("leg_paralysis",)),
        suspects=(CAUDA, INJURY),
        facts=("000-62",),
    ),
    RedFlag(
        id="severe_back_pain_with_buttock_numbness",
        level=Urgency.EMERGENCY,
        title="A numb buttock with severe back pain",
        when=(("buttock_numbness",), ("severe_back_pain",)),
        suspects=(CAUDA, INJURY),
        facts=("000-63",),
    ),
    RedFlag(
        id="sudden_severe_back_pain_with_foot_drop",
        level=Urgency.EMERGENCY,
        title="Sudden severe back pain with a foot that cannot be lifted",
        when=(("severe_back_pain",), (Is("onset", "sudden"),), ("foot_drop",)),
        suspects=(CAUDA, INJURY),
        facts=("002-11",),
    ),
    RedFlag(
        id="bilateral_leg_symptoms_with_bladder_or_bowel_change",
        level=Urgency.EMERGENCY,
        title="Symptoms in both legs with a new change of bladder, bowel or sexual function",
        when=(
            ("bilateral_leg_symptoms",),
            ("new_urinary_symptoms", "bowel_retention", "sexual_dysfunction"),
        ),
        suspects=(CAUDA,),
        guidelines=("uk_ces_2023",),
    ),
    RedFlag(
        id="leg_paralysis",
        level=Urgency.EMERGENCY,
        title="A leg that cannot be moved",
        when=(("leg_paralysis",),),
        suspects=(CAUDA, INJURY),
        guidelines=("nice_back_pain", "acp_severe_deficit_2007"),
    ),
    RedFlag(
        id="reduced_anal_tone_with_deficit",
        # Alone it is urgent: see there.
        level=Urgency.EMERGENCY,
        title="A weak anal sphincter or numb skin around the anus on examination, with pain"
        " down a leg or a change of leg, bladder, bowel or sexual function",
        when=(("reduced_anal_tone",), CAUDA_SIGNS),
        suspects=(CAUDA,),
        guidelines=("acr_2021", "nhs_lothian_spine"),
    ),
    RedFlag(
        id="post_void_residual_with_deficit",
        # With pain alone it is urgent: see there.
        level=Urgency.EMERGENCY,
        title="200 ml or more left in the bladder, with pain down a leg or a change of leg,"
        " bladder, bowel or sexual function",
        when=((Above("post_void_residual_ml", 199),), CAUDA_SIGNS),
        suspects=(CAUDA,),
        guidelines=("uk_ces_2023",),
    ),
    RedFlag(
        id="bladder_or_sexual_change_with_deficit",
        # The pathway asks for pain too; without it the same signs are no better.
        level=Urgency.EMERGENCY,
        title="A new change of bladder or sexual function with a weak or numb leg, or a numb"
        " buttock or trunk",
        when=(("new_urinary_symptoms", "sexual_dysfunction"), (*DEFICIT, "buttock_numbness")),
        suspects=(CAUDA,),
        guidelines=("uk_ces_2023", "nice_back_pain"),
    ),
    RedFlag(
        id="sexual_dysfunction_with_bladder_or_bowel_change",
        level=Urgency.EMERGENCY,
        title="A new loss of sexual function or genital feeling with a change of bladder or bowel",
        when=(("sexual_dysfunction",), ("new_urinary_symptoms", "bowel_retention")),
        suspects=(CAUDA,),
        guidelines=("uk_ces_2023",),
    ),
    RedFlag(
        id="bladder_and_bowel_change",
        level=Urgency.EMERGENCY,
        title="A new change in passing urine with bowels that cannot be moved",
        when=(("new_urinary_symptoms",), ("bowel_retention",)),
        suspects=(CAUDA,),
        guidelines=("uk_ces_2023",),
    ),
    RedFlag(
        id="new_sexual_dysfunction_with_sciatica",
        level=Urgency.EMERGENCY,
        title="Pain down a leg with a loss of sexual function or genital feeling, all of it new",
        when=(("pain_radiating_down_leg",), ("sexual_dysfunction",), NEW),
        suspects=(CAUDA,),
        guidelines=("uk_ces_2023",),
    ),
    RedFlag(
        id="sudden_bilateral_sciatica",
        level=Urgency.EMERGENCY,
        title="Pain that suddenly shot down both legs",
        when=(
            ("pain_radiating_down_leg",),
            ("bilateral_leg_symptoms", Is("side", "both"), Is("side", "both_one_worse")),
            (Is("onset", "sudden"),),
        ),
        suspects=(CAUDA,),
        guidelines=("nhs_lothian_spine",),
    ),
    RedFlag(
        id="new_bilateral_leg_symptoms_with_lost_strength",
        level=Urgency.EMERGENCY,
        title="Back or leg pain with new symptoms in both legs that make standing or walking hard",
        when=(
            ("back_pain", "leg_pain"),
            ("bilateral_leg_symptoms",),
            NEW,
            ("leg_weakness", "difficulty_walking", "difficulty_standing"),
        ),
        suspects=(CAUDA,),
        guidelines=("nhs_lothian_spine", "uk_ces_2023"),
    ),
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
