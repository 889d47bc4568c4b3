package visibility

// Score intervals, for their published examples.
var (
	Wilson   = wilson
	Newcombe = newcombe
)
