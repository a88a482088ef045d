"""The red flags of the level urgent: seen within 24 hours."""

from service.clinical.rule import Above, Below, Is, RedFlag
from service.clinical.terms import (
    ARTERIES,
    CAUDA,
    DEFICIT,
    DISC,
    INFECTION,
    INJURY,
    NEUROPATHY,
    NEW,
    PAIN,
    SHINGLES,
    TUMOUR,
)
from service.clinical.vocabulary import Urgency

FLAGS: tuple[RedFlag, ...] = (
    RedFlag(
        id="reduced_anal_tone",
        # Urgent, though the guideline sends it at once: an examination finding at the level of
        # emergency would keep everyone who was not examined from self_care.
        level=Urgency.URGENT,
        title="Weak anal sphincter or numb skin around the anus on examination",
        when=(("reduced_anal_tone",),),
        suspects=(CAUDA,),
        guidelines=("acr_2021",),
    ),
    RedFlag(
        id="post_void_residual_with_pain",
        # The pathway says 200 ml or more; the attribute is stated in whole millilitres. Urgent for
        # the same reason as the anal tone.
        level=Urgency.URGENT,
        title="Back, buttock or leg pain with 200 ml or more left in the bladder",
        when=(PAIN, (Above("post_void_residual_ml", 199),)),
        suspects=(CAUDA,),
        guidelines=("uk_ces_2023",),
    ),
    RedFlag(
        id="sexual_dysfunction_with_pain",
        # The pathway sends lost genital feeling to hospital at once; the finding also holds
        # trouble with sex that has many other causes, so it is urgent alone.
        level=Urgency.URGENT,
        title="Back, buttock or leg pain with a new loss of sexual function or genital feeling",
        when=(PAIN, ("sexual_dysfunction",)),
        suspects=(CAUDA,),
        guidelines=("uk_ces_2023",),
    ),
    RedFlag(
        id="child_with_buttock_pain",
        level=Urgency.URGENT,
        title="Buttock pain in someone under 18",
        when=(("buttock_pain",), (Below("age_years", 18),)),
        suspects=(INFECTION,),
        facts=("003-09",),
    ),
    RedFlag(
        id="fever_with_buttock_pain",
        level=Urgency.URGENT,
        title="Buttock pain with fever",
        when=(("buttock_pain",), ("fever",)),
        suspects=(INFECTION, TUMOUR),
        facts=("004-18",),
    ),
    RedFlag(
        id="weight_loss_with_buttock_pain",
        level=Urgency.URGENT,
        title="Buttock pain with unexplained weight loss",
        when=(("buttock_pain",), ("unexplained_weight_loss",)),
        suspects=(INFECTION, TUMOUR),
        facts=("004-19", "001-34"),
    ),
    RedFlag(
        id="weight_loss_with_back_pain_over_50",
        # 001-34 allows primary_care; urgent, as 004-19 demands of the same sign with buttock pain.
        level=Urgency.URGENT,
        title="Back pain with unexplained weight loss over the age of 50",
        when=(("back_pain",), ("unexplained_weight_loss",), (Above("age_years", 50),)),
        suspects=(TUMOUR,),
        facts=("001-34",),
    ),
    RedFlag(
        id="cancer_history_with_pain",
        # 001-33 allows primary_care; urgent, since cancer is found in 7 % of such patients in
        # primary care and 33 % in emergency departments (downie_2013).
        level=Urgency.URGENT,
        # The guideline adds the neck and a band of pain.
        title="Back, buttock or neck pain or a band of pain in someone who has had cancer",
        when=(
            ("back_pain", "buttock_pain", "neck_pain", "band_like_trunk_pain"),
            ("cancer_history",),
        ),
        suspects=(TUMOUR,),
        facts=("001-33",),
        guidelines=("nice_mscc_2023",),
    ),
    RedFlag(
        id="swelling_and_redness_with_buttock_pain",
        level=Urgency.URGENT,
        title="Buttock pain with swelling and redness at the place",
        when=(("buttock_pain",), ("local_swelling",), ("local_redness",)),
        suspects=(INFECTION, TUMOUR),
        facts=("004-20",),
    ),
    RedFlag(
        id="foot_drop",
        level=Urgency.URGENT,
        title="A foot that cannot be lifted",
        when=(("foot_drop",),),
        suspects=(DISC,),
        guidelines=("nhs_lothian_spine",),
    ),
    RedFlag(
        id="new_leg_weakness",
        # With or without pain: the painless one is the graver.
        level=Urgency.URGENT,
        title="A weak leg, new or getting worse",
        when=(("leg_weakness",), (*NEW, Is("trend", "worsening"))),
        suspects=(DISC, CAUDA),
        guidelines=("nhs_acute_back_pain",),
    ),
    RedFlag(
        id="spreading_leg_numbness_with_pain",
        level=Urgency.URGENT,
        title="Back, buttock or leg pain with leg numbness that spreads, new or getting worse",
        when=(
            PAIN,
            ("leg_numbness",),
            ("spreading_numbness",),
            (*NEW, Is("trend", "worsening")),
        ),
        suspects=(DISC, CAUDA),
        guidelines=("nhs_acute_back_pain",),
    ),
    RedFlag(
        id="new_bilateral_leg_symptoms_with_pain",
        level=Urgency.URGENT,
        title="Symptoms in both legs, new or getting worse, with pain, numbness or weakness",
        when=(
            ("back_pain", "leg_pain", "leg_numbness", "leg_weakness"),
            ("bilateral_leg_symptoms",),
            (*NEW, Is("trend", "worsening")),
        ),
        suspects=(CAUDA,),
        guidelines=("nhs_lothian_spine", "uk_ces_2023"),
    ),
    RedFlag(
        id="bowel_change_with_pain_and_deficit",
        # Bowels that do not move are common with back pain and its medicines: never alone.
        level=Urgency.URGENT,
        title="Back, buttock or leg pain with bowels that cannot be moved and a weak or numb leg",
        when=(PAIN, ("bowel_retention",), ("leg_weakness", "leg_numbness")),
        suspects=(CAUDA,),
        guidelines=("uk_ces_2023",),
    ),
    RedFlag(
        id="unsteady_gait_with_pain_or_deficit",
        level=Urgency.URGENT,
        title="An unsteady gait with back pain or with weakness or lost feeling of legs or trunk",
        when=(
            ("unsteady_gait",),
            (
                *DEFICIT,
                "back_pain",
                "band_like_trunk_pain",
                "bilateral_leg_symptoms",
                "foot_numbness",
            ),
        ),
        suspects=(TUMOUR,),
        guidelines=("nice_back_pain",),
    ),
    RedFlag(
        id="difficulty_walking_with_cord_sign",
        level=Urgency.URGENT,
        title="Difficulty walking with brisk reflexes, lost sense of position, or a band of"
        " pain or numbness round the trunk",
        when=(
            ("difficulty_walking",),
            (
                "increased_reflexes",
                "loss_of_vibration_or_position_sense",
                "band_like_trunk_pain",
                "trunk_numbness",
            ),
        ),
        suspects=(TUMOUR,),
        guidelines=("nice_mscc_2023", "ifompt_2020"),
    ),
    RedFlag(
        id="numb_buttock_with_both_legs_or_weakness",
        level=Urgency.URGENT,
        title="A numb buttock with symptoms in both legs or a weak leg",
        when=(("buttock_numbness",), ("bilateral_leg_symptoms", "leg_weakness")),
        suspects=(CAUDA,),
        guidelines=("nice_back_pain",),
    ),
    RedFlag(
        id="ascending_numbness_that_moves_on",
        level=Urgency.URGENT,
        title="Numbness that climbs from the feet and is new, gets worse, or comes with"
        " weakness, trouble standing or walking, the arms, or after an infection",
        when=(
            ("ascending_numbness",),
            (
                *NEW,
                Is("trend", "worsening"),
                "leg_weakness",
                "reduced_reflexes",
                "difficulty_standing",
                "difficulty_walking",
                "arm_weakness_or_numbness",
                "recent_infection",
            ),
        ),
        suspects=(NEUROPATHY,),
        guidelines=("nice_ng127_2019",),
    ),
    RedFlag(
        id="cord_sign_with_back_pain",
        level=Urgency.URGENT,
        title="Back or neck pain or numb legs with brisk reflexes, a numb trunk or lost sense"
        " of position",
        when=(
            ("back_pain", "neck_pain", "leg_numbness", "bilateral_leg_symptoms"),
            ("increased_reflexes", "trunk_numbness", "loss_of_vibration_or_position_sense"),
        ),
        suspects=(TUMOUR,),
        guidelines=("nice_mscc_2023", "ifompt_2020"),
    ),
    RedFlag(
        id="facial_weakness",
        level=Urgency.URGENT,
        title="A weak or drooping face",
        when=(("facial_weakness",),),
        suspects=(NEUROPATHY,),
        guidelines=("nice_ng127_2019",),
    ),
    RedFlag(
        id="deficit_after_spinal_procedure",
        level=Urgency.URGENT,
        title="Weakness or lost feeling of leg, buttock or trunk after a procedure on the spine",
        when=(
            ("recent_spinal_procedure",),
            (*DEFICIT, "buttock_numbness", "thigh_numbness", "foot_numbness"),
        ),
        suspects=(INFECTION, CAUDA),
        guidelines=("ifompt_2020",),
    ),
    RedFlag(
        id="new_buttock_numbness_with_pain",
        level=Urgency.URGENT,
        title="Back pain or pain down a leg with a numb buttock, new or getting worse",
        when=(
            ("buttock_numbness",),
            ("back_pain", "pain_radiating_down_leg"),
            (*NEW, Is("trend", "worsening")),
        ),
        suspects=(CAUDA, DISC),
        guidelines=("uk_ces_2023",),
    ),
    RedFlag(
        id="new_sciatica_on_both_sides",
        level=Urgency.URGENT,
        title="Pain down the legs on both sides, new or getting worse",
        when=(
            ("pain_radiating_down_leg",),
            (Is("side", "both"), Is("side", "both_one_worse")),
            (*NEW, Is("trend", "worsening")),
        ),
        suspects=(CAUDA,),
        guidelines=("nhs_lothian_spine",),
    ),
    RedFlag(
        id="leg_numbness_with_cancer_history",
        level=Urgency.URGENT,
        title="A numb leg in someone who has had cancer",
        when=(("cancer_history",), ("leg_numbness",)),
        suspects=(TUMOUR,),
        guidelines=("nice_mscc_2023",),
    ),
    RedFlag(
        id="leg_and_face_or_arm",
        level=Urgency.URGENT,
        title="Legs that are weak or walk badly, with a weak face or a weak or numb arm",
        when=(
            ("leg_weakness", "difficulty_walking"),
            ("facial_weakness", "arm_weakness_or_numbness"),
        ),
        suspects=(NEUROPATHY,),
        guidelines=("nice_ng127_2019",),
    ),
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
