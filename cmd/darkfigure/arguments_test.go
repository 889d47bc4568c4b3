package main

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestArrangeAnyOrder: flags and files mixed in any way are the same command line.
func TestArrangeAnyOrder(t *testing.T) {
	commands := (&program{}).app().Commands
	flags := [][]string{{"--seed", "9"}, {"--seed=9"}, {"--quiet"}, {"--model", "[1,2]"}, {"--level", "0.9"}, {"--level=50%"}, {"--lists", "A,B"}, {"--firth"}, {"--output", "-x.csv"}}
	rapid.Check(t, func(t *rapid.T) {
		var parts, chosen [][]string
		seed := false
		for _, i := range rapid.SliceOfDistinct(rapid.IntRange(0, len(flags)-1), rapid.ID[int]).Draw(t, "flags") {
			if i < 2 {
				if seed {
					continue
				}
				seed = true
			}
			chosen = append(chosen, flags[i])
		}
		at := rapid.IntRange(0, len(chosen)).Draw(t, "command stands at")
		parts = slices.Concat(chosen[:at], [][]string{{"estimate"}}, chosen[at:])
		file := rapid.IntRange(at+1, len(parts)).Draw(t, "file stands at")
		parts = slices.Insert(parts, file, []string{"a.csv"})

		want := []string{"estimate"}
		for _, f := range chosen {
			if len(f) == 2 {
				f = []string{f[0] + "=" + f[1]}
			}
			want = append(want, f...)
		}
		want = append(want, "--", "a.csv")
		command, got, err := arrange(slices.Concat(parts...), commands)
		if err != nil || command != "estimate" || !slices.Equal(got, want) {
			t.Fatalf("%v: %q %v (%v), want %v", slices.Concat(parts...), command, got, err, want)
		}
	})
}

// TestFlagsAlikeEverywhere: arrange reads flags before it knows the command, so a name is a switch in all commands or in none.
func TestFlagsAlikeEverywhere(t *testing.T) {
	of := map[string]string{}
	takes := map[string]bool{}
	for _, c := range (&program{}).app().Commands {
		for _, f := range c.Flags {
			for _, name := range f.Names() {
				if other, ok := of[name]; ok && takes[name] == isSwitch(f) {
					t.Errorf("--%s is a switch in one of %s and %s, and takes a value in the other", name, other, c.Name)
				}
				of[name], takes[name] = c.Name, !isSwitch(f)
			}
		}
	}
}

// FuzzArrange: no command line makes it panic, and every word is either used or an error.
func FuzzArrange(f *testing.F) {
	f.Add("estimate", "a.csv", "--seed", "9")
	f.Add("--", "-", "--=", "--seed=")
	commands := (&program{}).app().Commands
	f.Fuzz(func(t *testing.T, a, b, c, d string) {
		_, arranged, err := arrange([]string{a, b, c, d}, commands)
		if err == nil && arranged != nil && arranged[0] == "" {
			t.Fatalf("%q: no command", arranged)
		}
	})
}

func TestSplitAll(t *testing.T) {
	for _, c := range []struct {
		in   []string
		want []string
	}{
		{[]string{"A,B", "C"}, []string{"A", "B", "C"}},
		{[]string{" A , B "}, []string{"A", "B"}},
		{[]string{`"Police, north",B`}, []string{"Police, north", "B"}},
		{[]string{`A,"B, C"`}, []string{"A", "B, C"}},
		{[]string{`"A`}, []string{`"A`}},
		{[]string{",,"}, nil},
		{nil, nil},
	} {
		if got := splitAll(c.in); !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, want %q", c.in, got, c.want)
		}
	}
}

func TestParseLevels(t *testing.T) {
	for _, c := range []struct {
		in   []string
		want []float64
	}{
		{nil, []float64{0.95}},
		{[]string{"95%"}, []float64{0.95}},
		{[]string{"99.9 %"}, []float64{0.999}},
		{[]string{"0.8", "0.95"}, []float64{0.8, 0.95}},
		{[]string{"0"}, nil}, {[]string{"1"}, nil}, {[]string{"100%"}, nil}, {[]string{"0%"}, nil}, {[]string{"Inf"}, nil}, {[]string{"x"}, nil}, {[]string{"1e-1e-2"}, nil},
	} {
		got, err := parseLevels(c.in)
		if (err != nil) != (c.want == nil) || !slices.Equal(got, c.want) {
			t.Errorf("%q: %v, %v; want %v", c.in, got, err, c.want)
		}
	}
}

func TestSeveralYears(t *testing.T) {
	for period, want := range map[string]bool{"2010-2015": true, "2010–2015": true, "van 2010 t/m 2015": true, "2013": false, "2013-12": false, "2015-2010": false, "": false, "2013-12-31": false} {
		if _, _, got := severalYears(period); got != want {
			t.Errorf("%q: %v", period, got)
		}
	}
}
