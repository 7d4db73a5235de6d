"""Which recipe a training set gets: by its outcomes first, then by its size.

The steps are declared in the definition: below ``gate.min_outcomes`` leads with an outcome nothing
is used; below ``learning.scorecard_below`` a scorecard of the rulebook's conditions and the
attributes is learned; above, boosters with a line.

Why a scorecard although boosters did as well in a trial: X Education cut to 150, 300 and 600 leads
gave .519, .479, .448 against .482, .450, .433 for the boosters. That is a data set of many telling
attributes. With few outcomes a team must be able to read every weight, and no test of a few dozen
outcomes could tell a booster that learned chance by heart from one that did not.
"""

from features.catalogue import Catalogue
from features.definition import LeadDefinition
from training.dataset.segments import segment_categories
from training.learners.boosting.monotone import constraints
from training.learners.hyperparameters import Hyperparameters, hyperparameters_for
from training.learners.linear.scorecard import scorecard_of


def choose_hyperparameters(
    catalogue: Catalogue,
    definition: LeadDefinition,
    *,
    n_snapshots: int,
    n_converted_leads: int,
    seed: int = 0,
) -> Hyperparameters:
    """Choose the hyperparameters of a training set: few outcomes get a scorecard.

    Parameters
    ----------
    catalogue : Catalogue
        Of the training set's columns.
    definition : LeadDefinition
    n_snapshots : int
        Matured snapshots; where they are weighted, how many unweighted ones say as much.
    n_converted_leads : int
        Leads of the training set that reached the outcome.
    seed : int
        Of folds and boosters.
    """
    signs = constraints(catalogue, definition)
    segments = segment_categories(catalogue, definition)
    if n_converted_leads < definition.learning.scorecard_below:
        return Hyperparameters(
            scorecard=scorecard_of(catalogue, definition),
            seed=seed,
            monotone=signs,
            segments=segments,
        )
    return hyperparameters_for(n_snapshots, seed=seed, monotone=signs, segments=segments)
