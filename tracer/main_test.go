package tracer

import (
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	Stub()
	os.Exit(m.Run())
}
