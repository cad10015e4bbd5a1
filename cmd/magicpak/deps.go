package main

import "context"

func depsCommand(ctx context.Context, args []string) error { return nil }
