package loglinear_test

import (
	"context"
	"fmt"

	"darkfigure/estimators"
	"darkfigure/estimators/loglinear"
)

// hares are 68 snowshoe hares trapped on six days (Cormack 1989, Table 1), by the
// number of days they were trapped on: 25 on one, 22 on two, and so on. The histories within each number are made up,
// as even as can be.
func hares() *estimators.Table {
	days := []string{"day1", "day2", "day3", "day4", "day5", "day6"}
	counts := make([]int64, 1<<len(days))
	histories := []int64{6, 15, 20, 15, 6, 1}
	var met [6]int64
	for p := range counts {
		if j := estimators.Pattern(p).Size() - 1; j >= 0 {
			f := [6]int64{25, 22, 13, 5, 1, 2}[j]
			counts[p] = (met[j]+1)*f/histories[j] - met[j]*f/histories[j]
			met[j]++
		}
	}
	t, err := estimators.FromCounts(days, counts)
	if err != nil {
		panic(err)
	}
	return t
}

func ExampleClosed() {
	for _, h := range []loglinear.Heterogeneity{loglinear.Homogeneous, loglinear.Chao, loglinear.Poisson, loglinear.Darroch, loglinear.Gamma} {
		e, err := loglinear.Closed{Heterogeneity: h}.Estimate(context.Background(), hares())
		if err != nil {
			fmt.Println(err)
			continue
		}
		i, _ := e.Interval()
		least := ""
		if e.LowerBound {
			least = "at least "
		}
		fmt.Printf("%-11s %s%.1f (%.1f to %.1f)\n", e.Method, least, e.Population, i.Lower, i.Upper)
	}
	// Output:
	// M0          75.4 (69.5 to 83.0)
	// Mh-chao     at least 79.8 (70.6 to 95.7)
	// Mh-poisson  81.5 (72.0 to 94.6)
	// Mh-darroch  90.4 (73.5 to 121.0)
	// Mh-gamma    100.6 (73.5 to 168.5)
}

// On three visits 64, 32 and 16 people are met for the first time: half of those not
// yet met each time, so that 16 are left.
func ExampleBehaviour() {
	visits, err := estimators.NewTable([]string{"first", "second", "third"}, nil, []estimators.Cell{
		{Pattern: 0b001, Count: 50}, {Pattern: 0b011, Count: 8}, {Pattern: 0b101, Count: 6},
		{Pattern: 0b010, Count: 26}, {Pattern: 0b110, Count: 6},
		{Pattern: 0b100, Count: 16},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	e, err := loglinear.Behaviour{}.Estimate(context.Background(), visits)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s: %d met, %.1f in all (SE %.1f); %s\n", e.Method, e.Observed, e.Population, e.SE, e.Warnings[0].Code)
	// Output:
	// Mb: 112 met, 128.0 in all (SE 8.3); order-matters
}

func ExampleCorrected() {
	e, err := loglinear.Corrected{Model: "Mh-chao"}.Estimate(context.Background(), hares())
	if err != nil {
		fmt.Println(err)
		return
	}
	i, _ := e.Interval()
	fmt.Printf("%s: at least %.1f, SE %.1f, %s interval %.1f to %.1f\n", e.Method, e.Population, e.SE, i.Kind, i.Lower, i.Upper)
	// Output:
	// Mh-chao-bc: at least 78.9, SE 5.8, lognormal interval 72.1 to 97.0
}
