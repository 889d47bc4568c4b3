// Package resample is a kernel for bootstrap methods: random streams that make a
// replicate independent of who computes it, draws from binomial and multinomial laws,
// quantiles of replicates, the pooling of repeated analyses, and a parallel loop whose result does not depend on the
// number of workers.
//
// Replicate i of a run draws from its own stream, Stream(seed, i), so that the work can be
// split anywhere and still gives the same bytes.
package resample
