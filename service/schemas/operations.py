"""The schemas of the operator's routes."""

from marshmallow import fields

from service.schemas.member import (
    Exact,
    mapping,
    numbers,
    one_of,
    probability,
    text,
    texts,
    whole,
)


class Health(Exact):
    """The process lives, and its rules screen an emergency."""

    status = one_of(("ok",), "Anything else is a problem")


class Readiness(Exact):
    """The model is verified."""

    status = one_of(("ready",), "Anything else is a problem")
    version = text("The version of the model")


class Manifest(Exact):
    """The manifest of the model that is served."""

    format = whole("The version of the manifest's format")
    sha256 = text("The SHA-256 of the artefact")
    model = mapping(
        fields.String(), "Its name and version in the registry, recipe, candidate and run"
    )
    conditions = texts("Ids in the order in which the artefact ranks them")
    columns_sha256 = text("The SHA-256 of the names of the features in order, one a line")
    libraries = mapping(fields.String(), "The versions of Python and of the libraries at training")
    trained_prior = mapping(fields.Float(), "The share of each condition in training")
    priors = mapping(
        fields.Dict(values=fields.Float()), "For each setting the prior of each condition"
    )
    prior_sources = mapping(
        fields.Dict(values=fields.List(fields.String())),
        "For each setting and condition the ids of the prior's sources",
    )
    shares = mapping(
        fields.List(fields.Float()),
        "For each feature its mean over the training cases of each condition",
    )
    temperatures = numbers("For 2-5, 6-10, 11-20 and more answers what tempers probabilities")
    thresholds = mapping(
        fields.Float(), "For each level the probability from which the model gives it"
    )
    costs = mapping(
        fields.Dict(values=fields.Float()), "For each needed level what it costs to give each level"
    )
    coverage = probability("The share of cases whose condition the prediction set is to hold")
    conformal = mapping(
        fields.List(fields.Float()),
        "For each condition the least probability in the set, by number of answers",
    )
    data = mapping(
        fields.Raw(), "Which cases it was made of and judged on: hash, number, seed, commit"
    )
    rules_version = text("The version of the red flags behind which the thresholds were set")
    metrics = mapping(
        fields.Raw(), "Figures on held-out cases, with the ends of their 95 % intervals"
    )
