"""The terms that red flags share, and the conditions that they suspect."""

from service.clinical.rule import Below, Is

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
