package proof

import "os"

// Long says whether the long form was asked for: `make proof`.
func Long() bool { return os.Getenv("LICET_PROOF") == "long" }

// Pick is how much of something a test does in each form.
func Pick(short, long int) int {
	if Long() {
		return long
	}
	return short
}
