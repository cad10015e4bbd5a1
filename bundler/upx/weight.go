package upx

import (
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// A Weight is the size of a file in bytes, as it is and as a layer of an image
// holds it.
type Weight struct {
	Raw, Gzip, Zstd int64
}

// Weigh reads r to its end. The levels are the ones that image builders use
// when none is given.
func Weigh(r io.Reader) (Weight, error) {
	var raw, zipped, zstded counter
	g := gzip.NewWriter(&zipped)
	z, err := zstd.NewWriter(&zstded, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return Weight{}, err
	}
	_, err = io.Copy(io.MultiWriter(&raw, g, z), r)
	for _, closed := range []error{g.Close(), z.Close()} {
		if err == nil {
			err = closed
		}
	}
	if err != nil {
		return Weight{}, fmt.Errorf("weigh: %w", err)
	}
	return Weight{int64(raw), int64(zipped), int64(zstded)}, nil
}

// A counter counts what is written to it.
type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}
