package tableio

import (
	"errors"
	"fmt"
	"runtime"
)

// rescue turns a panic of a library into an error: they panic on writers that fail and on files
// that lie. What Go says about an index out of range is of no use to a reader and is left out.
func rescue(err *error, what string) {
	switch p := recover().(type) {
	case nil:
	case runtime.Error:
		*err = errors.New(what)
	case error:
		*err = fmt.Errorf("%s: %w", what, p)
	default:
		*err = fmt.Errorf("%s: %v", what, p)
	}
}
