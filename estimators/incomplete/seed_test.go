package incomplete_test

import (
	"flag"

	_ "pgregory.net/rapid" // which declares the flag
)

// Property tests draw the same cases every time; -rapid.seed=0 draws others.
func init() {
	if err := flag.Set("rapid.seed", "1"); err != nil {
		panic(err)
	}
}
