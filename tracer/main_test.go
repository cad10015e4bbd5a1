package tracer

import (
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	Stub()
	if backend, ok := os.LookupEnv(helperEnv); ok {
		helper(backend)
	}
	os.Exit(m.Run())
}
