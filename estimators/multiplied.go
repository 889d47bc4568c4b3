package estimators

// Multiplied is what a multiplier estimate was made of: a benchmark, and the answers of a survey.
type Multiplied struct {
	Source       string  `json:"source,omitempty"` // the service or register that counted; "" when there is one without a name
	Benchmark    int64   `json:"benchmark"`
	Fixed        bool    `json:"benchmark_fixed,omitempty"`
	Share        float64 `json:"share"` // of the respondents who said yes
	Respondents  float64 `json:"respondents"`
	DesignEffect float64 `json:"design_effect"`
	// Sensitivity and Specificity are the shares of right answers among those in the benchmark and those not; checked is the
	// number of people they were found from, 0 when they are taken as exact.
	Sensitivity        float64 `json:"sensitivity"`
	SensitivityChecked float64 `json:"sensitivity_checked,omitempty"`
	Specificity        float64 `json:"specificity"`
	SpecificityChecked float64 `json:"specificity_checked,omitempty"`
	Corrected          float64 `json:"corrected_share"` // the share in the benchmark, after wrong answers
}

// A Combination is what several multiplier estimates say together, on the logarithmic scale: how far they agree.
type Combination struct {
	Sources  []string  `json:"sources"`   // those combined
	Weights  []float64 `json:"weights"`   // of each source, adding up to 1
	Without  []float64 `json:"left_out"`  // the combined estimate without each source
	Q        float64   `json:"q"`         // Cochran's Q
	DF       int       `json:"df"`        // of Q
	P        float64   `json:"p"`         // of Q when all sources have one truth
	I2       float64   `json:"i_squared"` // the share of the spread that chance within sources does not explain
	Tau      float64   `json:"tau"`       // standard deviation between sources, of log N
	Smallest float64   `json:"smallest"`  // the least and the greatest estimate of a source, those left out too; no less than the largest benchmark
	Largest  float64   `json:"largest"`
}

// InView is what a register and an anonymous service bound together: their people are different ones when those who first speak there are in no register.
type InView struct {
	Registered int64   `json:"registered"`
	Visitors   int64   `json:"visitors"`        // of the service, of the population
	Known      float64 `json:"known_elsewhere"` // share of the visitors whom another body knows
	New        float64 `json:"not_known"`       // visitors whom no body knows
	AtLeast    float64 `json:"at_least"`        // Registered + New
	Lower      float64 `json:"lower"`           // limits of AtLeast by chance in the share
	Upper      float64 `json:"upper"`
	Level      float64 `json:"level"`
	Years      int     `json:"years,omitempty"` // in the period; 0: it is not several years
	PerYear    float64 `json:"a_year"`          // AtLeast divided by them, or AtLeast
	// Against is another estimate of the population, a year; Needed the people that bodies would have to know for the division to give it, in the
	// period; Held the share of them that is registered. 0 when there is no other estimate.
	Against float64 `json:"against,omitempty"`
	Needed  float64 `json:"needed,omitempty"`
	Held    float64 `json:"held,omitempty"`
}
