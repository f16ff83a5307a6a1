"""The loss around a network's weights: the largest rate that it can take along the optimizer's update, its sharpest
direction, and the noise of its gradient."""

import copy
import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.func import functional_call

from lrtui.nn.models import Network
from lrtui.study.records import CurvatureRecord
from lrtui.study.spec import RunSpec
from lrtui.train import optimizers, seeds
from lrtui.train.checkpoint import State
from lrtui.train.clipping import clip_gradients
from lrtui.train.groups import Groups
from lrtui.train.health import noiseless
from lrtui.train.line_search import crossing
from lrtui.train.noise_scale import Estimates, NoiseScale, estimates
from lrtui.train.regularization import Regularizer
from lrtui.train.tensors import TrainingData

SETTLED = 1e-3
"""A power iteration ends when its eigenvalue changes by no more than this share."""


class CurvatureProbe:
    """Measures one network on a fixed batch of `curvature.images` training images, drawn by the run's seed.

    The passes are those of training without its noise, as for `HealthProbe`, and the loss has the penalties of
    `[regularization]`, as the optimizer's gradient has. Parameters, their gradients, buffers, modes, generators and what the
    optimizer remembers are afterwards as before; what it draws is drawn from generators of its own.
    """

    def __init__(self, spec: RunSpec, network: Network, optimizer: torch.optim.Optimizer, data: TrainingData) -> None:
        self._spec, self._config = spec, spec.config.curvature
        self._network, self._optimizer, self._data = network, optimizer, data
        self._objective = data.objective
        self._names = [name for name, _ in network.named_parameters()]
        self._parameters: list[Tensor] = list(network.parameters())
        self._groups = Groups(network, spec.config.optim, spec.config.model.width_multiplier)
        kernels = {id(kernel) for kernel in network.kernels}
        self._kernels = [index for index, one in enumerate(self._parameters) if id(one) in kernels]
        regularization = spec.config.regularization
        self._l2, self._penalized = regularization.l2, bool(regularization.l1 or regularization.l2)
        count = len(data.train_labels)
        self._rows = seeds.curvature_batch(spec.seed, count)[: self._config.images]
        self._epoch = 0
        self._critical: float | None = None
        """The rate found last, from which the next search begins."""
        self._sharpest: list[Tensor] | None = None
        """The eigenvector found last."""
        self._noise = NoiseScale(self._config.smoothing)

    def due(self, epoch: int) -> bool:
        """Return whether it is measured after `epoch` epochs."""
        return epoch % self._config.every == 0

    def measure(self, epoch: int, lr: float) -> CurvatureRecord | None:
        """Return the record after `epoch` epochs, `lr` being the rate in use; None if it is not due."""
        if not self.due(epoch):
            return None
        self._epoch = epoch
        images, labels = self._batch(self._rows)
        with torch.enable_grad(), noiseless(self._network, by_batch=len(labels) > 1):
            plain = self._objective.losses(self._network(images), labels).double().mean()
            gradients = self._gradients(plain, graph=self._config.sharpness)
            loss = plain.item() + self._penalty(self._parameters)
            critical, passes = self._critical_rate(loss, [one.detach() for one in gradients], images, labels)
            sharpness = self._sharpness(gradients) if self._config.sharpness and math.isfinite(loss) else None
        noise = self._estimates(epoch) if math.isfinite(loss) else None
        return CurvatureRecord(
            run=self._spec.run,
            epoch=epoch,
            lr=lr,
            loss=loss,
            critical_lr=critical,
            passes=passes,
            sharpness=sharpness,
            gradient_square=None if noise is None else noise.square,
            gradient_variance=None if noise is None else noise.variance,
            noise_scale=None if noise is None else self._noise.update(noise),
        )

    def state(self) -> State:
        """Return what it remembers from one measurement to the next."""
        return {"critical": self._critical, "sharpest": self._sharpest, "noise": self._noise.state()}

    def restore(self, state: State) -> None:
        """Take up what `state` gave."""
        self._critical = state["critical"]
        if (vectors := state["sharpest"]) is not None:
            vectors = [one.to(like.device, copy=True) for one, like in zip(vectors, self._parameters, strict=True)]
        self._sharpest = vectors
        self._noise.restore(state["noise"])

    def _batch(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        rows = rows.to(self._data.train_labels.device)
        images = self._data.batch(self._data.train_images.index_select(0, rows))
        return images, self._data.train_labels.index_select(0, rows)

    def _gradients(self, loss: Tensor, *, graph: bool = False) -> tuple[Tensor, ...]:
        return torch.autograd.grad(
            loss, self._parameters, create_graph=graph, allow_unused=True, materialize_grads=True
        )

    def _penalty(self, parameters: Sequence[Tensor]) -> float:
        if not self._penalized:
            return 0.0
        kernels: list[Any] = [parameters[index] for index in self._kernels]
        return Regularizer(kernels, self._spec.config.regularization).penalty().item()

    # --- the largest rate

    @torch.no_grad()
    def _critical_rate(
        self, loss: float, gradients: Sequence[Tensor], images: Tensor, labels: Tensor
    ) -> tuple[float | None, int]:
        """Return the largest rate at which the loss of the batch, now `loss`, still falls, and the passes that took."""
        update, whole = self._update(gradients)
        slope, length = _dot(whole, update), _dot(update, update)
        begun, self._critical = self._critical, None
        if not (math.isfinite(loss) and math.isfinite(slope)) or length == 0:
            return None, 0
        if slope <= 0:
            return 0.0, 0
        # a parabola that touches 0 comes back at twice it
        guess = begun or 2 * loss / slope
        if not 0 < guess < math.inf:
            return None, 0

        def change(rate: float) -> float:
            moved = torch._foreach_sub(self._parameters, torch._foreach_mul(update, rate))
            logits = functional_call(self._network, dict(zip(self._names, moved, strict=True)), (images,))
            mean = self._objective.losses(logits, labels).double().mean().item()
            return mean + self._penalty(moved) - loss

        found = crossing(change, guess)
        if found.at is not None and math.isfinite(found.at):
            self._critical = found.at
        return found.at, found.evaluations

    def _update(self, gradients: Sequence[Tensor]) -> tuple[list[Tensor], list[Tensor]]:
        """Return what the optimizer would step along (per unit of rate), were these its next gradients, and the gradients
        with those of the penalties.

        A copy of the optimizer takes the step, of parameters that are 0, so that nothing of a short one is rounded away.
        """
        with torch.enable_grad():  # as its constructor wants them
            copies = [one.detach().clone().requires_grad_() for one in self._parameters]
        for one, gradient in zip(copies, gradients, strict=True):
            one.grad = gradient.clone(memory_format=torch.preserve_format)
        frozen = self._groups.frozen(self._epoch + 1)
        for place in frozen:
            copies[place].grad = torch.zeros_like(copies[place])
        kernels: list[Any] = [copies[index] for index in self._kernels]
        Regularizer(kernels, self._spec.config.regularization).add_gradients()
        whole = [one.grad.clone() for one in copies if one.grad is not None]
        clip_gradients(copies, self._spec.config.optim)
        optimizer = optimizers.build(self._groups.of(copies), self._spec.config.optim, 1.0)
        # copied first: counts of steps on the host would be handed on as they are, and the copy counts its step
        optimizers.restore(optimizer, copy.deepcopy(optimizers.state(self._optimizer)))
        for group in optimizer.param_groups:
            group["lr"] = group["factor"]
        torch._foreach_zero_(copies)
        optimizer.step()
        update = list(torch._foreach_neg([one.detach() for one in copies]))
        decays = {
            id(one): group["factor"] * group.get("weight_decay", 0.0)
            for group in optimizer.param_groups
            for one in group["params"]
        }
        for change, copied, weights in zip(update, copies, self._parameters, strict=True):
            change.add_(weights, alpha=decays[id(copied)])  # the decay is a share of the weights, which were 0
        for place in frozen:
            update[place] = torch.zeros_like(update[place])
        return update, whole

    # --- the sharpest direction

    def _sharpness(self, gradients: Sequence[Tensor]) -> float | None:
        """Return the largest eigenvalue of the Hessian whose gradients still have their graph; None if it is not finite.

        The power iteration finds the eigenvalue of the largest amount. If that is negative, it goes on with the Hessian less
        it, whose eigenvalues are not negative and in the same order.
        """
        generator = seeds.curvature(self._spec.seed, 0)
        anywhere = [torch.randn(one.shape, generator=generator).to(one) for one in self._parameters]
        value, vector = self._power(gradients, self._sharpest or anywhere)
        if value is not None and value < 0:
            above, vector = self._power(gradients, anywhere, shift=value)
            value = None if above is None else value + above
        self._sharpest = None if value is None else vector
        return value

    def _power(
        self, gradients: Sequence[Tensor], vector: list[Tensor], *, shift: float = 0.0
    ) -> tuple[float | None, list[Tensor]]:
        """Return the eigenvalue of the largest amount of the Hessian less `shift`, and its vector; None if it is not finite."""
        vector = _scaled(vector, math.sqrt(_dot(vector, vector)))
        value = before = math.nan
        for _ in range(self._config.iterations):
            image = self._hessian_times(gradients, vector, shift)
            before, value = value, _dot(vector, image)
            length = math.sqrt(_dot(image, image))
            if not math.isfinite(length):
                return None, vector
            if length == 0:
                return 0.0, vector
            vector = _scaled(image, length)
            if abs(value - before) <= SETTLED * abs(value + shift):
                break
        return value, vector

    def _hessian_times(self, gradients: Sequence[Tensor], vector: Sequence[Tensor], shift: float) -> list[Tensor]:
        """Return (H − shift) times a vector: the gradient of the gradients times it, and of an l2 penalty 2·l2 times."""
        bound = [(one, along) for one, along in zip(gradients, vector, strict=True) if one.requires_grad]
        product = torch.autograd.grad(
            [one for one, _ in bound],
            self._parameters,
            [along for _, along in bound],
            retain_graph=True,
            allow_unused=True,
            materialize_grads=True,
        )
        with torch.no_grad():
            image = list(torch._foreach_sub(product, torch._foreach_mul(list(vector), shift)))
            for index in self._kernels if self._l2 else ():
                image[index] = image[index] + 2 * self._l2 * vector[index]
        return image

    # --- the noise of the gradient

    def _estimates(self, epoch: int) -> Estimates | None:
        """Return what batches of two sizes say, drawn anew (with replacement) for every measurement; None if there are not two.

        The small ones are the parts of the big one.
        """
        small = self._config.small_images
        count = self._config.images // small
        if count < 2:
            return None
        drawn = seeds.curvature(self._spec.seed, epoch + 1)
        rows = torch.randint(len(self._data.train_labels), (count * small,), generator=drawn)
        squares, total = 0.0, [torch.zeros_like(one) for one in self._parameters]
        with torch.enable_grad(), noiseless(self._network, by_batch=small > 1):
            for part in rows.split(small):
                images, labels = self._batch(part)
                gradients = self._gradients(self._objective.loss(self._network(images), labels))
                squares += _dot(gradients, gradients)
                torch._foreach_add_(total, gradients)
        big = _dot(total, total) / count**2
        found = estimates(squares / count, big, small, count * small)
        return found if math.isfinite(found.square) and math.isfinite(found.variance) else None


@torch.no_grad()
def _dot(some: Sequence[Tensor], others: Sequence[Tensor]) -> float:
    """Return the scalar product of two lists of tensors, summed in float64."""
    products = [(one.double() * other).sum() for one, other in zip(some, others, strict=True)]
    return torch.stack(products).sum().item()


def _scaled(vector: Sequence[Tensor], length: float) -> list[Tensor]:
    return list(torch._foreach_div(list(vector), length))
