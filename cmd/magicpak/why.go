package main

import "context"

func whyCommand(ctx context.Context, args []string) error { return nil }
