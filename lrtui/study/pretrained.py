"""The weights that torchvision has of its architectures, as a preset names them: `model.start = "torchvision:IMAGENET1K_V1"`."""

from lrtui.study.torchvision_names import TORCHVISION

OF_TORCHVISION = "torchvision:"
CLASSES = 1000
"""Outputs of the last layer in all of them: the classes of ImageNet."""

_UNFIT = {
    ("vit_b_16", "IMAGENET1K_SWAG_E2E_V1"): "for images of 384×384, and the network takes 224×224",
    ("vit_l_16", "IMAGENET1K_SWAG_E2E_V1"): "for images of 512×512, and the network takes 224×224",
    ("vit_h_14", "IMAGENET1K_SWAG_E2E_V1"): "for images of 518×518, and the network takes 224×224",
    ("vgg16", "IMAGENET1K_FEATURES"): "without numbers for the dense layers",
}
"""Weights that do not fit the networks that are built, and what they are."""


def of_torchvision(start: str | None) -> bool:
    """Return whether `model.start` names weights of torchvision."""
    return start is not None and start.startswith(OF_TORCHVISION)


def weights_called(start: str) -> str:
    """Return the name of the weights in `torchvision:NAME`."""
    return start.removeprefix(OF_TORCHVISION)


def resolved(start: str, architecture: str) -> str:
    """Return `torchvision:NAME` with the very name of the weights that `DEFAULT` stands for, or that is given.

    Raises ValueError, saying which there are, if the architecture has none of that name, or they do not fit what is built.
    """
    there = TORCHVISION[architecture]
    given = weights_called(start)
    name = there[0] if given == "DEFAULT" else given
    fitting = sorted(weights for weights in there if (architecture, weights) not in _UNFIT)
    which = f"there {'is' if len(fitting) == 1 else 'are'} {', '.join(fitting)}"
    if unfit := _UNFIT.get((architecture, name)):
        meant = f"DEFAULT of {architecture} means {name}, which" if name != given else f"{name} of {architecture}"
        raise ValueError(f"{meant} is {unfit}; {which}")
    if name not in there:
        default = ", and DEFAULT" if there[0] in fitting else ""
        raise ValueError(f'{architecture} has no weights "{given}"; {which}{default}')
    return OF_TORCHVISION + name
