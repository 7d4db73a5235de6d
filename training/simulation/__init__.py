"""A company that does not exist, whose leads behave by known hazards.

Everything the demo, the tests and the benchmarks need of it: `settings` says which company,
`simulation` makes it, `exports` writes the files its CRM would, `truth` gives the probability no
model can beat. Reading order: `hazards` (what drives whom, as tables), `codes`, `state`, `walk`,
then the rest.
"""
