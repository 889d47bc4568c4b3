package study

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"darkfigure/estimators"
	"darkfigure/internal/linkage"
	"darkfigure/internal/tableio"
)

// sample is the sample of pairs for clerical review: the same for the same registers and seed.
func (l *Linked) sample() (*linkage.ReviewSample, error) {
	k := l.linked
	if k == nil || k.Draws == nil {
		return nil, fmt.Errorf("pairs are reviewed between registers, and none were linked here")
	}
	return linkage.SampleForReview(k.Units, k.Draws.ReviewCandidates(k.Model, k.Accepted), 0, l.Job.Seed)
}

func (l *Linked) unitRegister(a int) string { return l.linked.Records.RegisterName(a) }
func (l *Linked) unitID(i int32) string     { return l.linked.Units.ID(int(i)) }

// WriteSample writes a sample of pairs for people to judge: numbers of records, no names. The score is 1 for one person,
// 0 for two, empty when it cannot be told.
func (l *Linked) WriteSample(w io.Writer) error {
	s, err := l.sample()
	if err != nil {
		return err
	}
	out := csv.NewWriter(w)
	if err := out.Write(linkage.ReviewColumns); err != nil {
		return err
	}
	if err := out.WriteAll(s.Rows(l.linked.Units, l.unitRegister, l.unitID)); err != nil {
		return err
	}
	return out.Error()
}

// review reads the samples that people have judged, and says what they found. When the probabilities turn out to be wrong beyond
// chance, the linkage is drawn again with weights that agree with the review, and sure links that
// people found to be wrong are taken apart at random, as many as they found.
func (l *Linked) review(ctx context.Context, again func(recalibrate func(d int) (shift, slope float64), kept func(d int, a, b int32) float64) error) (*estimators.LinkReview, error) {
	s := l.Job.Study
	if len(s.Linking.Review) == 0 {
		return nil, nil
	}
	fail := func(err error) error { return s.Fail("linkage.review", "linkage.review: "+err.Error()) }
	sample, err := l.sample()
	if err != nil {
		return nil, fail(err)
	}
	k := l.linked
	reviewed := sample.NewReviewed(k.Units, l.unitRegister, l.unitID)
	for _, file := range s.Linking.Review {
		path := file
		if !filepath.IsAbs(path) {
			path = filepath.Join(l.Job.Folder, path)
		}
		src := tableio.Source{Path: path}
		header, err := tableio.RegisterHeader(ctx, src, tableio.Auto)
		if err != nil {
			return nil, err
		}
		columns := slices.Concat(linkage.ReviewColumns[:4], linkage.ReviewColumns[6:7])
		if second := linkage.ReviewColumns[7]; slices.Contains(header, second) {
			columns = append(columns, second)
		}
		info, err := tableio.ReadRegister(ctx, src, tableio.RegisterOptions{Columns: columns}, func(line int, values []string) error {
			return reviewed.Add(fmt.Sprintf("%s:%d", filepath.Base(path), line), values)
		})
		if err != nil {
			return nil, fail(err)
		}
		l.inputs = append(l.inputs, fileJSON{File: info.Source, SHA256: info.SHA256, What: "clerical review"})
	}
	r, err := reviewed.Estimate(func(a, b int) float64 {
		for _, p := range k.Rates.Pairs {
			if p.A == min(a, b) && p.B == max(a, b) {
				return p.Beyond
			}
		}
		return 0
	}, l.Job.Seed)
	if err != nil {
		return nil, fail(err)
	}
	out := &estimators.LinkReview{Reviewed: int64(r.Scored), CannotTell: int64(r.CannotTell + r.NotSeen), FalseMatch: r.FalseMatch, MissedMatch: r.MissedMatch, Kappa: r.Kappa, Twice: int64(r.Twice), Used: r.Recalibration.Needed || r.Apart(), Bands: r.Calibration()}
	incomplete := func() { // after again, which begins the warnings anew
		warn := func(text string) {
			l.linked.Warnings = append(l.linked.Warnings, estimators.Warning{Code: "review-incomplete", Text: text})
		}
		if strata, pairs := r.Unscored(l.unitRegister); len(strata) > 0 {
			warn(fmt.Sprintf("in the rates of error these pairs are as the linkage has them, for none that was sampled of them has a score: %s (%s pairs)", strings.Join(strata, "; "), estimators.People(float64(pairs))))
		}
		if r.Unchanged != "" {
			warn(r.Unchanged)
		}
	}
	if !out.Used {
		incomplete()
		return out, nil
	}
	out.Sure, out.Apart = r.TakenApart()
	var recalibrate func(d int) (shift, slope float64)
	if r.Recalibration.Needed {
		recalibrate = r.Recalibration.Draw
		out.Shift, out.Slope = r.Recalibration.Shift, r.Recalibration.Slope
	}
	if err := again(recalibrate, r.Kept); err != nil {
		return nil, err
	}
	incomplete()
	for _, w := range k.Warnings { // EM is compared with the draws before the review, of which it does not know
		if w.Code == "em-disagrees" {
			w.Text += ", before the review"
			l.linked.Warnings = append(l.linked.Warnings, w)
		}
	}
	if out.Sure > 0 {
		l.linked.Warnings = append(l.linked.Warnings, estimators.Warning{Code: "review-takes-apart",
			Text: fmt.Sprintf("people found links to be false of which the linkage is sure: of %s such links about %s (%s to %s) are taken apart in each linkage drawn, at random, for a sample does not tell which; the best linkage has them all",
				estimators.People(float64(out.Sure)), estimators.People(out.Apart.Value), estimators.People(math.Floor(out.Apart.Lower)), estimators.People(math.Ceil(out.Apart.Upper)))})
	}
	return out, nil
}
