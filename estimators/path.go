package estimators

// A Step is a model on the path of a stepwise search.
type Step struct {
	Phase      string // "bic", "aic", "k=1": what a step had to lower
	Term       string // what was added or taken out, as in "+ R3*X2"; "" where the path begins
	Model      string
	Fit        Fit     // of a refused model, the values its likelihood tends to
	Hidden     float64 // 0 when refused
	Population float64 // 0 when refused
	SE         float64 // of Population, with the sizes of strata fixed
	Status     Status
	Reason     *Refusal // set when Status is Refused: the step was not taken
	Chosen     bool
}
