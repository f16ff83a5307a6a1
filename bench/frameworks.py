"""The same work in other ways: one epoch of paper/mlp-mnist-1e-2 with validation, on one thread.

Keras `fit` (torch backend), Lightning with a DataLoader, and a plain loop over a DataLoader with torchvision transforms.
Needs `pip install keras lightning`; real MNIST under $LRTUI_DATA, laid out as torchvision does.
"""

import logging
import os
import warnings

os.environ["KERAS_BACKEND"] = "torch"

import handwritten
import torch
from common import alternate, load, ratio, say, timed, train_with_lrtui
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, TensorDataset

from lrtui import paths
from lrtui.data.load import Dataset
from lrtui.data.load import load as load_data

REPEATS = 5
LR = 0.01
BATCH = 64


def keras_fit(data: Dataset) -> None:
    """`fit` over arrays, as Keras is used."""
    import keras

    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.layers.Input((1, 28, 28)),
            keras.layers.Flatten(),
            *(keras.layers.Dense(width, activation="relu") for width in (256, 128, 64)),
            keras.layers.Dense(10),
        ]
    )
    model.compile(
        optimizer=keras.optimizers.SGD(LR),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    arrays = [tensor.numpy() for tensor in (data.train_images, data.train_labels, data.val_images, data.val_labels)]
    model.fit(*arrays[:2], batch_size=BATCH, epochs=1, validation_data=tuple(arrays[2:]), verbose=0)


def lightning_fit(data: Dataset) -> None:
    """A LightningModule and DataLoaders over tensors, bars, checkpoints and loggers off."""
    import lightning

    class Module(lightning.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.model = handwritten.mlp()

        def training_step(self, batch: list[torch.Tensor], _index: int) -> torch.Tensor:
            x, y = batch
            return cross_entropy(self.model(x), y)

        def validation_step(self, batch: list[torch.Tensor], _index: int) -> None:
            x, y = batch
            logits = self.model(x)
            self.log("val_loss", cross_entropy(logits, y))
            self.log("val_accuracy", (logits.argmax(1) == y).float().mean())

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.SGD(self.parameters(), lr=LR)

    trainer = lightning.Trainer(
        max_epochs=1, accelerator="cpu", logger=False, enable_checkpointing=False,
        enable_progress_bar=False, enable_model_summary=False, num_sanity_val_steps=0,
    )  # fmt: skip
    train = DataLoader(TensorDataset(data.train_images, data.train_labels), BATCH, shuffle=True)
    val = DataLoader(TensorDataset(data.val_images, data.val_labels), 500)
    trainer.fit(Module(), train, val)


def torchvision_loader(_data: Dataset) -> None:
    """The tutorial's way: torchvision's data set, ToTensor on every image, a DataLoader without workers."""
    from torchvision import datasets, transforms

    def split(train: bool) -> datasets.MNIST:
        return datasets.MNIST(str(paths.data_dir()), train=train, transform=transforms.ToTensor())

    torch.manual_seed(1)
    model = handwritten.mlp()
    optimizer = torch.optim.SGD(model.parameters(), lr=LR)
    for x, y in DataLoader(split(train=True), BATCH, shuffle=True):
        loss = cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.inference_mode():
        for x, y in DataLoader(split(train=False), 500):
            cross_entropy(model(x), y)


if __name__ == "__main__":
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore")
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    study = load("paper/mlp-mnist-1e-2", "train.epochs=1", "sweep.replicates=1")
    mnist = load_data(study.runs[0].config.data, paths.data_dir())
    others = {
        "Keras fit (torch backend)": keras_fit,
        "Lightning with a DataLoader": lightning_fit,
        "DataLoader with torchvision transforms": torchvision_loader,
    }
    found = alternate(
        {
            "lrtui": lambda: train_with_lrtui(study, lanes=1),
            **{name: (lambda call=call: timed(lambda: call(mnist))) for name, call in others.items()},
        },
        REPEATS,
    )
    say(__doc__.splitlines()[0], found, {f"{name} / lrtui": ratio(found, name, "lrtui") for name in others})
