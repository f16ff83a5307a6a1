"""A person's own data: arrays, tables, folders of images, texts, and what code returns."""

from lrtui.data.own.load import load

__all__ = ["load"]
