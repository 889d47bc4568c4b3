package estimators

// A Breakdown is an estimate of every stratum of a table from replicates in common, so
// that in every replicate the strata add up to the total and any sum, difference or
// ratio of strata has an interval of its own.
type Breakdown struct {
	By     []string // the covariates that divide the table
	Model  string   // "" when each stratum is estimated by itself
	Chosen bool     // the model of each stratum was selected, and is selected anew in every replicate
	Scheme string   // how the replicates were drawn: nonparametric, semiparametric, parametric
	Strata []Estimate
	Total  Estimate
	// Hidden[r][s] and Seen[r][s] are the hidden and the observed persons of stratum s in
	// replicate r, persons. A hidden number is +Inf where the replicate has no estimate.
	Hidden  [][]float64
	Seen    [][]float64
	Chances Chances // of the one model of all groups; nil without one
}

// Chances say of whom a model takes to be as likely to be seen as others.
type Chances interface {
	// Alike reports whether the model, and that of each replicate, has no term by which people could be more or less likely to be seen at one
	// level of a covariate than at another, among those at one level of each of given.
	Alike(covariate string, given []string) (model bool, replicates []bool)
}
