// Package loglinear estimates a population from three or more lists (or two) by
// log-linear models of the counts by capture history.
package loglinear
