// Package estimators is the vocabulary of darkfigure: what a capture history, a
// table of counts, an estimate, an interval, a warning and a refusal are.
//
// Several organisations each register part of one population. Someone who is
// on a list has been captured by it; the set of lists a person is on is that
// person's capture history, or pattern. Nobody knows how many people have the
// pattern "on no list": they are the hidden people, n0, and what is estimated is
// their number or, equivalently, the population size N = n + n0, where n is the
// number observed. The share that is observed, n/N, is called the visibility.
//
// Data come in shapes between which information only flows down: a [Table] counts
// persons by pattern (within levels of covariates), [Frequencies] count persons by
// how often they were seen. Both are immutable.
//
// An [Estimator] is a plain value that holds options. It answers with an
// [Estimate], which never comes as a naked number: it carries its intervals, its
// status, and warnings with codes that say what to do. What cannot be estimated is
// returned as a [*Refusal], with a code and the cells or lists that stand in
// the way; it is never NaN and never the answer of some other method.
//
// The package imports the standard library only, knows no particular method and
// no file format, and prints nothing. The methods are in the packages below it.
package estimators
