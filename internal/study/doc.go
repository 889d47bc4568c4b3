// Package study goes from the registers of a study to its results: it reads the study file and
// the registers it names, leaves out what does not belong to the population and counts it,
// has the records linked, estimates from every drawn linkage, pools the estimates, and
// writes everything into one folder, complete or not at all.
//
// No value of a person is in an error, a message or an output, except what is asked for by
// name: linked records (the registers' own numbers and pseudonymous clusters), a sample for
// clerical review, and the explanation of one pair.
package study
