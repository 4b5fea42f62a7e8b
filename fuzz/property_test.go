package fuzz

import (
	"errors"
	"fmt"
	"math/rand"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/leanovate/gopter"
	"github.com/leanovate/gopter/gen"
	"github.com/leanovate/gopter/prop"
)

const seedVariable = "SIO_CONFORM_SEED"

// check fails t unless the law holds for a thousand sequences of choices, which
// the seed determines. A sequence that breaks the law is made as short and as
// small as possible first.
func check(t *testing.T, law func(*choices) error) {
	t.Helper()
	seed := propertySeed(t)
	t.Logf("%s=%d", seedVariable, seed)
	parameters := gopter.DefaultTestParametersWithSeed(seed)
	parameters.MinSuccessfulTests = 1000
	parameters.MaxSize = 250
	result := forAll(law).Check(parameters)
	if result.Passed() {
		return
	}
	t.Errorf("after %d sequences: %s", result.Succeeded, strings.Join(result.Labels, "; "))
	for _, arg := range result.Args {
		t.Errorf("choices %#v", arg.Arg)
	}
	if result.Error != nil {
		t.Errorf("%v\n%s", result.Error, result.ErrorStack)
	}
}

// forAll is the property that the law holds for every sequence of choices.
func forAll(law func(*choices) error) gopter.Prop {
	return prop.ForAll(func(b []byte) string {
		if err := law(&choices{b}); err != nil {
			return err.Error()
		}
		return ""
	}, gen.SliceOf(gen.UInt8()))
}

// violation is the error of a law that does not hold. What it is made of is only
// text: an error among the arguments may be nil and is not wrapped.
func violation(format string, args ...any) error {
	return fmt.Errorf(format, args...)
}

// propertySeed returns the seed that the environment asks for, or a random one.
func propertySeed(t *testing.T) int64 {
	t.Helper()
	text, ok := os.LookupEnv(seedVariable)
	if !ok {
		return rand.Int63()
	}
	seed, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", seedVariable, err)
	}
	return seed
}

func TestABrokenLawIsShrunk(t *testing.T) {
	law := func(c *choices) error {
		if c.byte() > 100 {
			return errors.New("more than 100")
		}
		return nil
	}
	result := forAll(law).Check(gopter.DefaultTestParametersWithSeed(1))
	if result.Passed() {
		t.Fatal("a broken law passes")
	}
	if b, ok := result.Args[0].Arg.([]byte); !ok || len(b) != 1 || b[0] != 101 {
		t.Errorf("counter-example is %v, want [101]", result.Args[0].Arg)
	}
}

func TestASeedDeterminesTheSequences(t *testing.T) {
	sequences := func(seed int64) (all []string) {
		result := forAll(func(c *choices) error { all = append(all, string(c.rest)); return nil }).
			Check(gopter.DefaultTestParametersWithSeed(seed))
		if !result.Passed() {
			t.Fatal("a law without condition is broken")
		}
		return all
	}
	first := strings.Join(sequences(42), "\n")
	if strings.Join(sequences(42), "\n") != first || strings.Join(sequences(43), "\n") == first {
		t.Error("the sequences do not depend on the seed, or not on the seed alone")
	}
}
