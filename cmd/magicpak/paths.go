package main

import (
	"fmt"
	"os"
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

// checkRoot checks the directory that --root names.
func checkRoot(root string) error {
	info, err := os.Stat(root)
	switch {
	case root == "":
		return misuse("--root is empty")
	case err != nil:
		return misuse("--root: %v", err)
	case !info.IsDir():
		return misuse("--root %s: not a directory", root)
	}
	return nil
}

// workingDir returns where relative paths start in root. It may hold symbolic
// links, as the shell shows it.
func workingDir(root string) (string, error) {
	if root != "/" {
		return "/", nil
	}
	cwd, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the working directory: %w", err)
	}
	return cwd, nil
}
