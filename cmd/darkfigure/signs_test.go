package main

import (
	"fmt"
	"testing"
	"time"
)

// Where there is no terminal, a step that lasts says so from time to time, and how far it is; what is said anyway is a sign of life too.
func TestSigns(t *testing.T) {
	var lines []string
	s := newSigns(time.Hour, func(line string) { lines = append(lines, line) })
	now := time.Now()
	after := func(hours float64) { s.sign(now.Add(time.Duration(hours * float64(time.Hour)))) }
	after(2) // no step yet
	s.say("compared: place")
	s.step("draws", 3, 60)
	s.step("draws", 2, 60) // from a slower worker
	after(0.9)
	after(1.1)
	after(2)
	after(2.2)
	s.step("clusters", 0, 1)
	after(3.3)
	s.end()
	s.end()
	want := fmt.Sprint([]string{"compared: place", "still at work: draws, 1h6m0s, 3 of 60", "still at work: draws, 2h12m0s, 3 of 60", "still at work: clusters, 3h18m0s"})
	if got := fmt.Sprint(lines); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
