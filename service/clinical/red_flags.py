"""The red flags: the hard-coded rules that overrule the model.

They are Python, not data, so that no file that is swapped or damaged can change them. Each names
the documented facts that demand it (the part before the dash is the source in sources.csv) or the
guidelines.
A level stands above the lowest that its facts allow only where a comment says why. A fact that
another rule already answers at the same level is named there: `urinary_retention` alone is an
emergency, so "urinary retention with a numb buttock" needs no rule of its own.
"""

from collections.abc import Mapping

from service.clinical import table
from service.clinical.case import Case
from service.clinical.rule import Above, Below, Is, RedFlag, faults
from service.clinical.vocabulary import Urgency, Vocabulary

VERSION = "3"
"""Changes with every change of the table below; stands in every answer."""

EMERGENCY, URGENT, PRIMARY_CARE = Urgency.EMERGENCY, Urgency.URGENT, Urgency.PRIMARY_CARE
CAUDA, INJURY = "cauda_equina_syndrome", "spinal_injury"
TUMOUR, INFECTION = "spinal_malignancy", "spinal_infection"
DISC, NEUROPATHY = "lumbar_disc_herniation", "autoimmune_neuropathy"
ARTERIES, SHINGLES = "peripheral_arterial_disease", "shingles"

PAIN = ("back_pain", "buttock_pain", "leg_pain")
DEFICIT = ("leg_weakness", "leg_numbness", "trunk_numbness", "complete_sensory_loss")
CAUDA_SIGNS = (
    "pain_radiating_down_leg", "leg_weakness", "leg_numbness", "bilateral_leg_symptoms",
    "new_urinary_symptoms", "bowel_retention", "sexual_dysfunction",
)  # fmt: skip
"""What makes a sign of an examination an emergency. A numb buttock is not among them: whoever sat
too long has one, and would stay unscreened until somebody has examined the anus and the bladder."""
NEW = (Is("onset", "sudden"), Below("duration_days", 15))
"""Begun suddenly or within 14 days, as the UK pathway counts."""

RED_FLAGS: tuple[RedFlag, ...] = (
    # Emergency: help now.
    RedFlag(
        id="urinary_retention",
        level=EMERGENCY,
        title="Unable to pass urine",
        when=(("urinary_retention",),),
        suspects=(CAUDA, INJURY),
        facts=("001-01", "000-64", "002-13", "004-16"),
    ),
    RedFlag(
        id="urinary_incontinence",
        level=EMERGENCY,
        title="Unable to control the bladder",
        when=(("urinary_incontinence",),),
        suspects=(CAUDA, INJURY),
        facts=("004-16", "000-66", "002-13"),
    ),
    RedFlag(
        id="fecal_incontinence",
        level=EMERGENCY,
        title="Unable to control the bowels",
        when=(("fecal_incontinence",),),
        suspects=(CAUDA, INJURY),
        facts=("001-02", "004-16", "000-67", "000-69", "002-13"),
    ),
    RedFlag(
        id="saddle_numbness",
        level=EMERGENCY,
        title="Lost feeling where a saddle would touch",
        when=(("saddle_numbness",),),
        suspects=(CAUDA, INJURY),
        facts=("001-03", "002-12", "000-68"),
    ),
    RedFlag(
        id="bilateral_leg_weakness",
        level=EMERGENCY,
        title="Weakness of both legs",
        when=(("bilateral_leg_weakness",),),
        suspects=(CAUDA, INJURY),
        facts=("001-04", "002-10"),
    ),
    RedFlag(
        id="progressive_neurological_deficit",
        level=EMERGENCY,
        title="Weakness, lost feeling or lost control that is getting worse",
        when=(("progressive_neurological_deficit",),),
        suspects=(CAUDA,),
        facts=("001-05",),
    ),
    RedFlag(
        id="sudden_weakness",
        level=EMERGENCY,
        title="Weakness of any part that came on suddenly",
        when=(("sudden_weakness",),),
        suspects=(CAUDA,),
        facts=("004-15",),
    ),
    RedFlag(
        id="new_urinary_symptoms_with_pain",
        level=EMERGENCY,
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
        level=EMERGENCY,
        title="A numb buttock with a bladder or bowel that does not work as before",
        when=(("buttock_numbness",), ("new_urinary_symptoms", "bowel_retention")),
        suspects=(CAUDA, INJURY),
        facts=("000-69", "000-65"),
    ),
    RedFlag(
        id="sudden_leg_and_bowel_change",
        level=EMERGENCY,
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
        level=EMERGENCY,
        title="Buttock numbness that came on suddenly",
        when=(("buttock_numbness",), (Is("onset", "sudden"),)),
        suspects=(CAUDA, INJURY),
        facts=("000-05",),
    ),
    RedFlag(
        id="difficulty_walking_with_buttock_numbness",
        level=EMERGENCY,
        title="A numb buttock with difficulty walking",
        when=(("buttock_numbness",), ("difficulty_walking",)),
        suspects=(CAUDA, INJURY),
        facts=("000-61",),
    ),
    RedFlag(
        id="leg_paralysis_with_buttock_numbness",
        level=EMERGENCY,
        title="A numb buttock with a hip or leg that cannot be moved",
        when=(("buttock_numbness",), ("leg_paralysis",)),
        suspects=(CAUDA, INJURY),
        facts=("000-62",),
    ),
    RedFlag(
        id="severe_back_pain_with_buttock_numbness",
        level=EMERGENCY,
        title="A numb buttock with severe back pain",
        when=(("buttock_numbness",), ("severe_back_pain",)),
        suspects=(CAUDA, INJURY),
        facts=("000-63",),
    ),
    RedFlag(
        id="sudden_severe_back_pain_with_foot_drop",
        level=EMERGENCY,
        title="Sudden severe back pain with a foot that cannot be lifted",
        when=(("severe_back_pain",), (Is("onset", "sudden"),), ("foot_drop",)),
        suspects=(CAUDA, INJURY),
        facts=("002-11",),
    ),
    RedFlag(
        id="bilateral_leg_symptoms_with_bladder_or_bowel_change",
        level=EMERGENCY,
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
        level=EMERGENCY,
        title="A leg that cannot be moved",
        when=(("leg_paralysis",),),
        suspects=(CAUDA, INJURY),
        guidelines=("nice_back_pain", "acp_severe_deficit_2007"),
    ),
    RedFlag(
        id="reduced_anal_tone_with_deficit",
        # Alone it is urgent: see there.
        level=EMERGENCY,
        title="A weak anal sphincter or numb skin around the anus on examination, with pain"
        " down a leg or a change of leg, bladder, bowel or sexual function",
        when=(("reduced_anal_tone",), CAUDA_SIGNS),
        suspects=(CAUDA,),
        guidelines=("acr_2021", "nhs_lothian_spine"),
    ),
    RedFlag(
        id="post_void_residual_with_deficit",
        # With pain alone it is urgent: see there.
        level=EMERGENCY,
        title="200 ml or more left in the bladder, with pain down a leg or a change of leg,"
        " bladder, bowel or sexual function",
        when=((Above("post_void_residual_ml", 199),), CAUDA_SIGNS),
        suspects=(CAUDA,),
        guidelines=("uk_ces_2023",),
    ),
    RedFlag(
        id="bladder_or_sexual_change_with_deficit",
        # The pathway asks for pain too; without it the same signs are no better.
        level=EMERGENCY,
        title="A new change of bladder or sexual function with a weak or numb leg, or a numb"
        " buttock or trunk",
        when=(("new_urinary_symptoms", "sexual_dysfunction"), (*DEFICIT, "buttock_numbness")),
        suspects=(CAUDA,),
        guidelines=("uk_ces_2023", "nice_back_pain"),
    ),
    RedFlag(
        id="sexual_dysfunction_with_bladder_or_bowel_change",
        level=EMERGENCY,
        title="A new loss of sexual function or genital feeling with a change of bladder or bowel",
        when=(("sexual_dysfunction",), ("new_urinary_symptoms", "bowel_retention")),
        suspects=(CAUDA,),
        guidelines=("uk_ces_2023",),
    ),
    RedFlag(
        id="bladder_and_bowel_change",
        level=EMERGENCY,
        title="A new change in passing urine with bowels that cannot be moved",
        when=(("new_urinary_symptoms",), ("bowel_retention",)),
        suspects=(CAUDA,),
        guidelines=("uk_ces_2023",),
    ),
    RedFlag(
        id="new_sexual_dysfunction_with_sciatica",
        level=EMERGENCY,
        title="Pain down a leg with a loss of sexual function or genital feeling, all of it new",
        when=(("pain_radiating_down_leg",), ("sexual_dysfunction",), NEW),
        suspects=(CAUDA,),
        guidelines=("uk_ces_2023",),
    ),
    RedFlag(
        id="sudden_bilateral_sciatica",
        level=EMERGENCY,
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
        level=EMERGENCY,
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
        level=EMERGENCY,
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
        level=EMERGENCY,
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
        level=EMERGENCY,
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
        level=EMERGENCY,
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
        level=EMERGENCY,
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
        level=EMERGENCY,
        title="A weak leg with brisk reflexes or a numb trunk, as when the spinal cord is pressed",
        when=(("leg_weakness",), ("increased_reflexes", "trunk_numbness")),
        suspects=(TUMOUR, NEUROPATHY),
        guidelines=("nice_back_pain", "nice_mscc_2023"),
    ),
    RedFlag(
        id="numb_trunk_with_deficit",
        level=EMERGENCY,
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
        level=EMERGENCY,
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
        level=EMERGENCY,
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
        level=EMERGENCY,
        title="A leg that newly became cold or pale and hurts, is numb, weak or without pulse",
        when=(
            ("leg_coldness_or_pallor",),
            NEW,
            ("leg_pain", "leg_numbness", "foot_numbness", "leg_weakness", "weak_leg_pulses"),
        ),
        suspects=(ARTERIES,),
        guidelines=("nhs_highland_vascular",),
    ),
    # Urgent: seen within 24 hours.
    RedFlag(
        id="reduced_anal_tone",
        # Urgent, though the guideline sends it at once: an examination finding at the level of
        # emergency would keep everyone who was not examined from self_care.
        level=URGENT,
        title="Weak anal sphincter or numb skin around the anus on examination",
        when=(("reduced_anal_tone",),),
        suspects=(CAUDA,),
        guidelines=("acr_2021",),
    ),
    RedFlag(
        id="post_void_residual_with_pain",
        # The pathway says 200 ml or more; the attribute is stated in whole millilitres. Urgent for
        # the same reason as the anal tone.
        level=URGENT,
        title="Back, buttock or leg pain with 200 ml or more left in the bladder",
        when=(("back_pain", "buttock_pain", "leg_pain"), (Above("post_void_residual_ml", 199),)),
        suspects=(CAUDA,),
        guidelines=("uk_ces_2023",),
    ),
    RedFlag(
        id="sexual_dysfunction_with_pain",
        # The pathway sends lost genital feeling to hospital at once; the finding also holds
        # trouble with sex that has many other causes, so it is urgent alone.
        level=URGENT,
        title="Back, buttock or leg pain with a new loss of sexual function or genital feeling",
        when=(PAIN, ("sexual_dysfunction",)),
        suspects=(CAUDA,),
        guidelines=("uk_ces_2023",),
    ),
    RedFlag(
        id="child_with_buttock_pain",
        level=URGENT,
        title="Buttock pain in someone under 18",
        when=(("buttock_pain",), (Below("age_years", 18),)),
        suspects=(INFECTION,),
        facts=("003-09",),
    ),
    RedFlag(
        id="fever_with_buttock_pain",
        level=URGENT,
        title="Buttock pain with fever",
        when=(("buttock_pain",), ("fever",)),
        suspects=(INFECTION, TUMOUR),
        facts=("004-18",),
    ),
    RedFlag(
        id="weight_loss_with_buttock_pain",
        level=URGENT,
        title="Buttock pain with unexplained weight loss",
        when=(("buttock_pain",), ("unexplained_weight_loss",)),
        suspects=(INFECTION, TUMOUR),
        facts=("004-19", "001-34"),
    ),
    RedFlag(
        id="weight_loss_with_back_pain_over_50",
        # 001-34 allows primary_care; urgent, as 004-19 demands of the same sign with buttock pain.
        level=URGENT,
        title="Back pain with unexplained weight loss over the age of 50",
        when=(("back_pain",), ("unexplained_weight_loss",), (Above("age_years", 50),)),
        suspects=(TUMOUR,),
        facts=("001-34",),
    ),
    RedFlag(
        id="cancer_history_with_pain",
        # 001-33 allows primary_care; urgent, since cancer is found in 7 % of such patients in
        # primary care and 33 % in emergency departments (downie_2013).
        level=URGENT,
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
        level=URGENT,
        title="Buttock pain with swelling and redness at the place",
        when=(("buttock_pain",), ("local_swelling",), ("local_redness",)),
        suspects=(INFECTION, TUMOUR),
        facts=("004-20",),
    ),
    RedFlag(
        id="foot_drop",
        level=URGENT,
        title="A foot that cannot be lifted",
        when=(("foot_drop",),),
        suspects=(DISC,),
        guidelines=("nhs_lothian_spine",),
    ),
    RedFlag(
        id="new_leg_weakness",
        # With or without pain: the painless one is the graver.
        level=URGENT,
        title="A weak leg, new or getting worse",
        when=(("leg_weakness",), (*NEW, Is("trend", "worsening"))),
        suspects=(DISC, CAUDA),
        guidelines=("nhs_acute_back_pain",),
    ),
    RedFlag(
        id="spreading_leg_numbness_with_pain",
        level=URGENT,
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
        level=URGENT,
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
        level=URGENT,
        title="Back, buttock or leg pain with bowels that cannot be moved and a weak or numb leg",
        when=(PAIN, ("bowel_retention",), ("leg_weakness", "leg_numbness")),
        suspects=(CAUDA,),
        guidelines=("uk_ces_2023",),
    ),
    RedFlag(
        id="unsteady_gait_with_pain_or_deficit",
        level=URGENT,
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
        level=URGENT,
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
        level=URGENT,
        title="A numb buttock with symptoms in both legs or a weak leg",
        when=(("buttock_numbness",), ("bilateral_leg_symptoms", "leg_weakness")),
        suspects=(CAUDA,),
        guidelines=("nice_back_pain",),
    ),
    RedFlag(
        id="ascending_numbness_that_moves_on",
        level=URGENT,
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
        level=URGENT,
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
        level=URGENT,
        title="A weak or drooping face",
        when=(("facial_weakness",),),
        suspects=(NEUROPATHY,),
        guidelines=("nice_ng127_2019",),
    ),
    RedFlag(
        id="deficit_after_spinal_procedure",
        level=URGENT,
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
        level=URGENT,
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
        level=URGENT,
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
        level=URGENT,
        title="A numb leg in someone who has had cancer",
        when=(("cancer_history",), ("leg_numbness",)),
        suspects=(TUMOUR,),
        guidelines=("nice_mscc_2023",),
    ),
    RedFlag(
        id="leg_and_face_or_arm",
        level=URGENT,
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
        level=URGENT,
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
        level=URGENT,
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
        level=URGENT,
        title="Sudden severe back pain in someone with thin bones or long steroid use",
        when=(("severe_back_pain",), (Is("onset", "sudden"),), ("osteoporosis_or_steroids",)),
        suspects=(INJURY,),
        guidelines=("nice_back_pain", "acr_2021"),
    ),
    RedFlag(
        id="infection_sign_with_back_pain",
        level=URGENT,
        title="Back or neck pain with fever or another sign of infection",
        when=(("back_pain", "neck_pain"), ("fever", "other_infection_sign")),
        suspects=(INFECTION,),
        guidelines=("nice_back_pain", "nhs_acute_back_pain"),
    ),
    RedFlag(
        id="infection_risk_with_back_pain",
        level=URGENT,
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
        level=URGENT,
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
        level=URGENT,
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
        level=URGENT,
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
        level=URGENT,
        title="A painful rash with blisters on one side",
        when=(("blistering_rash",),),
        suspects=(SHINGLES,),
        guidelines=("nhs_shingles",),
    ),
    # Primary care: see a doctor within days.
    RedFlag(
        id="weight_loss_with_back_pain",
        # The same sign at any age, or where the age is not known.
        level=PRIMARY_CARE,
        title="Back pain with unexplained weight loss",
        when=(("back_pain",), ("unexplained_weight_loss",)),
        suspects=(TUMOUR,),
        facts=("001-34",),
    ),
    RedFlag(
        id="leg_deficit_with_buttock_pain",
        level=PRIMARY_CARE,
        title="Buttock pain with numbness or weakness that travels down the leg",
        when=(("buttock_pain",), ("spreading_numbness", "leg_numbness", "leg_weakness")),
        suspects=(DISC,),
        facts=("004-14",),
    ),
    RedFlag(
        id="buttock_pain_after_injury",
        level=PRIMARY_CARE,
        title="Buttock pain after a significant injury",
        when=(("buttock_pain",), ("recent_trauma",)),
        suspects=(INJURY,),
        facts=("004-17",),
    ),
    RedFlag(
        id="persistent_or_worsening_buttock_numbness",
        level=PRIMARY_CARE,
        title="Buttock numbness that stays or gets worse",
        when=(("buttock_numbness",), (Is("course", "persistent"), Is("trend", "worsening"))),
        suspects=(),
        facts=("000-57", "000-58"),
    ),
    RedFlag(
        id="spreading_or_electric_buttock_numbness",
        level=PRIMARY_CARE,
        title="Buttock numbness that spreads, or comes with an electric or burning feeling",
        when=(
            ("buttock_numbness",),
            ("spreading_numbness", "shock_like_pain", "burning_sensation"),
        ),
        suspects=(),
        facts=("000-59", "000-60"),
    ),
    RedFlag(
        id="buttock_pain_that_disables",
        level=PRIMARY_CARE,
        title="Buttock pain that gets in the way of sitting, walking or sleep, or makes one limp",
        when=(("buttock_pain",), ("worse_sitting", "difficulty_walking", "night_pain", "limping")),
        suspects=(),
        facts=("003-04", "003-06", "003-07", "003-26"),
    ),
    RedFlag(
        id="buttock_pain_that_stays",
        level=PRIMARY_CARE,
        title="Buttock pain that stays, comes back, or is no better or worse with home care",
        when=(
            ("buttock_pain",),
            (
                Is("course", "persistent"),
                Is("course", "intermittent"),
                Is("trend", "worsening"),
                Is("trend", "stable"),
            ),
        ),
        suspects=(),
        facts=("003-05", "003-11", "003-12", "003-25", "004-13", "004-42"),
    ),
    RedFlag(
        id="buttock_pain_with_cardiovascular_disease",
        level=PRIMARY_CARE,
        title="Buttock pain in someone with disease of heart or arteries",
        when=(("buttock_pain",), ("cardiovascular_disease",)),
        suspects=(),
        facts=("003-08",),
    ),
    RedFlag(
        id="severe_buttock_pain",
        level=PRIMARY_CARE,
        title="Severe pain in a buttock",
        when=(("severe_buttock_pain",),),
        suspects=(),
        facts=("004-43",),
    ),
    RedFlag(
        id="deficit_with_pain",
        level=PRIMARY_CARE,
        title="Back or leg pain with a weak or numb leg, symptoms in both legs or abnormal signs",
        when=(
            ("back_pain", "leg_pain"),
            (
                "leg_weakness",
                "leg_numbness",
                "bilateral_leg_symptoms",
                "abnormal_neurological_exam",
            ),
        ),
        suspects=(DISC,),
        guidelines=("nice_back_pain",),
    ),
    RedFlag(
        id="deficit",
        level=PRIMARY_CARE,
        title="A weak leg, a numb trunk, an area without any feeling, or numbness that climbs",
        when=(("leg_weakness", "trunk_numbness", "complete_sensory_loss", "ascending_numbness"),),
        suspects=(),
        guidelines=("nice_back_pain",),
    ),
    RedFlag(
        id="cold_leg",
        level=PRIMARY_CARE,
        title="A cold or pale leg or foot",
        when=(("leg_coldness_or_pallor",),),
        suspects=(ARTERIES,),
        guidelines=("nhs_highland_vascular",),
    ),
    RedFlag(
        id="back_pain_that_stays",
        level=PRIMARY_CARE,
        title="Back pain for more than six weeks",
        when=(("back_pain",), (Above("duration_days", 42),)),
        suspects=(),
        guidelines=("nice_back_pain",),
    ),
    RedFlag(
        id="back_pain_under_20",
        level=PRIMARY_CARE,
        title="Back pain under the age of 20",
        when=(("back_pain",), (Below("age_years", 20),)),
        suspects=(),
        guidelines=("nice_back_pain",),
    ),
    RedFlag(
        id="single_warning_with_back_pain",
        level=PRIMARY_CARE,
        title="Back pain that does not let go at rest or at night, in the upper back, with a"
        " tender spine, thin bones, weak immunity, or an infection, injected drugs or a"
        " procedure before",
        when=(
            ("back_pain",),
            (
                "night_pain",
                "unrelieved_by_lying",
                "upper_back_pain",
                "spinal_tenderness",
                "osteoporosis_or_steroids",
                "recent_infection",
                "immunosuppression",
                "injection_drug_use",
                "recent_spinal_procedure",
            ),
        ),
        suspects=(),
        guidelines=("nice_back_pain", "acr_2021"),
    ),
    RedFlag(
        id="inflammatory_back_pain",
        level=PRIMARY_CARE,
        title="Back pain for more than a month with stiffness in the morning",
        when=(("back_pain",), ("morning_stiffness",), (Above("duration_days", 30),)),
        suspects=(),
        guidelines=("acp_back_pain_2007",),
    ),
    RedFlag(
        id="leg_pain_with_weak_pulses",
        level=PRIMARY_CARE,
        title="Leg or buttock pain with weak leg pulses",
        when=(("leg_pain", "buttock_pain"), ("weak_leg_pulses",)),
        suspects=(ARTERIES,),
        guidelines=("nhs_highland_vascular",),
    ),
)

COUNTED: Mapping[str, tuple[str, ...]] = {
    "abnormal_neurological_exam": (
        "increased_reflexes", "loss_of_vibration_or_position_sense", "reduced_reflexes",
    ),
    "back_pain": (
        "lower_back_pain", "pain_radiating_to_buttock", "severe_back_pain", "upper_back_pain",
    ),
    "bilateral_leg_symptoms": ("bilateral_leg_weakness",),
    "buttock_pain": ("deep_aching_pain", "severe_buttock_pain", "upper_buttock_pain"),
    "difficulty_walking": ("unsteady_gait",),
    "foot_numbness": ("ascending_numbness",),
    "leg_pain": (
        "calf_or_foot_pain", "pain_below_knee", "pain_radiating_down_leg", "thigh_pain",
    ),
    "leg_weakness": ("bilateral_leg_weakness", "foot_drop", "leg_paralysis"),
    "new_urinary_symptoms": ("urinary_incontinence", "urinary_retention"),
    "pain_radiating_down_leg": ("pain_below_knee",),
}  # fmt: skip
"""What the rules count as a finding because it implies it: a damaged table must not undo that."""


def raised(case: Case) -> tuple[RedFlag, ...]:
    """Return the flags that the case raises, the most urgent first."""
    flags = [flag for flag in RED_FLAGS if flag.is_raised(case)]
    return tuple(sorted(flags, key=lambda flag: -flag.level))


def unscreened(case: Case) -> tuple[tuple[RedFlag, tuple[str, ...]], ...]:
    """Return each flag that is not raised but could still be, with the unknown ids to ask for."""
    open_ = ((flag, flag.ask(case)) for flag in RED_FLAGS)
    return tuple((flag, ask) for flag, ask in open_ if ask)


def check(vocabulary: Vocabulary) -> None:
    """Raise TableError with every fault of the table of rules."""
    found = [fault for flag in RED_FLAGS for fault in faults(flag, vocabulary)]
    found += [
        f"{special!r} does not imply {general!r}, which red flags rest on"
        for general, specials in COUNTED.items()
        for special in specials
        if special not in vocabulary.implying.get(general, ())
    ]
    ids = [flag.id for flag in RED_FLAGS]
    found += [f"red flag {id!r} stands twice" for id in sorted(set(ids)) if ids.count(id) > 1]
    if found:
        raise table.TableError(found)
