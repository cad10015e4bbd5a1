"""Greets with the plugin that a configuration file names."""
import importlib
import pathlib

import yaml

here = pathlib.Path(__file__).parent
config = yaml.safe_load((here / "config.yml").read_text())
print(importlib.import_module("plugins." + config["plugin"]).greet("world"))
