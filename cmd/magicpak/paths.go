package main

import (
	"fmt"
	"path/filepath"
)

// absolute returns p as an absolute path of this machine.
func absolute(p string) (string, error) {
	abs, err := filepath.Abs(p)
	if err != nil {
		return "", fmt.Errorf("find the working directory: %w", err)
	}
	return abs, nil
}
