"""The schedules against torch's own, Keras's and published formulas, and Keras's ReduceLROnPlateau."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.optim import lr_scheduler

from lrtui.study.records import EpochRecord
from lrtui.study.schedules import (
    ConstantConfig,
    CosineConfig,
    CyclicalConfig,
    ExponentialConfig,
    OneCycleConfig,
    PerformanceConfig,
    PiecewiseConfig,
    PowerConfig,
    WarmRestartsConfig,
    WsdConfig,
)
from lrtui.train import schedules

PLATEAU = json.loads((Path(__file__).parents[1] / "fixtures" / "keras_plateau.json").read_text())
LR = 0.05


def settings_of(config, steps_per_epoch=10, epochs=12, lr=LR):
    schedule = schedules.build(config, lr, steps_per_epoch, epochs)
    return [schedule.at(step) for step in range(steps_per_epoch * epochs)]


def rates(config, **training):
    return np.array([setting.lr for setting in settings_of(config, **training)])


def momenta(config, **training):
    return [setting.momentum for setting in settings_of(config, **training)]


def torch_rates(scheduler_of, steps=120, lr=LR):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr, momentum=0.9)
    scheduler = scheduler_of(optimizer)
    found = []
    for _ in range(steps):
        found.append((optimizer.param_groups[0]["lr"], optimizer.param_groups[0]["momentum"]))
        optimizer.step()
        scheduler.step()
    return np.array(found).T


def close(left, right):
    np.testing.assert_allclose(left, right, rtol=1e-9)


T = np.arange(120)


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (ConstantConfig(), LR + 0 * T),
        (PowerConfig(s=20), LR / (1 + T / 20)),
        (PowerConfig(s=7, c=0.5), LR / np.sqrt(1 + T / 7)),
        (ExponentialConfig(s=40), LR * 0.1 ** (T / 40)),
        (CosineConfig(), LR * (1 + np.cos(np.pi * T / 120)) / 2),
        (CosineConfig(min_factor=0.1), LR * (0.1 + 0.9 * (1 + np.cos(np.pi * T / 120)) / 2)),
    ],
)
def test_closed_formulas(config, expected):
    close(rates(config), expected)


def test_exponential_is_torch_s():
    close(
        rates(ExponentialConfig(s=40)), torch_rates(lambda o: lr_scheduler.ExponentialLR(o, gamma=0.1 ** (1 / 40)))[0]
    )


@pytest.mark.parametrize("s", [1, 20, 500])
def test_power_is_keras_s_inverse_time_decay(s):
    """lr / (1 + rate · step / steps), step after step as the guide's and Keras's optimizers decayed: `decay` is 1/s."""
    close(
        rates(PowerConfig(s=s)), torch_rates(lambda o: lr_scheduler.LambdaLR(o, lambda t: 1.0 / (1.0 + t * (1 / s))))[0]
    )


def test_power_with_a_square_root_is_the_inverse_root():
    """Vaswani et al.'s η ∝ 1/√t, by torch from step to step: each rate is √(t/(t+1)) times the one before."""
    found = rates(PowerConfig(s=1, c=0.5))
    close(found, torch_rates(lambda o: lr_scheduler.MultiplicativeLR(o, lambda t: (t / (t + 1)) ** 0.5))[0])


def test_constant_is_torch_s():
    close(rates(ConstantConfig()), torch_rates(lambda o: lr_scheduler.ConstantLR(o, factor=1.0))[0])


def test_piecewise_is_torch_s_multistep():
    config = PiecewiseConfig(boundaries=(30, 80), factors=(1.0, 0.1, 0.01))
    close(rates(config), torch_rates(lambda o: lr_scheduler.MultiStepLR(o, [30, 80], gamma=0.1))[0])


def test_cosine_is_torch_s():
    close(rates(CosineConfig()), torch_rates(lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=120))[0])


def test_cosine_that_ends_above_nothing_is_torch_s():
    config = CosineConfig(min_factor=0.1)
    close(rates(config), torch_rates(lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=120, eta_min=0.1 * LR))[0])


@pytest.mark.parametrize(("period", "multiplier"), [(10, 1), (8, 2), (5, 3), (500, 2)])
def test_warm_restarts_are_torch_s(period, multiplier):
    config = WarmRestartsConfig(period=period, multiplier=multiplier, min_factor=0.02)
    scheduler = torch_rates(
        lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, period, multiplier, eta_min=0.02 * LR)
    )
    close(rates(config), scheduler[0])


def test_cyclical_is_torch_s_triangle():
    config = CyclicalConfig(half_period=15, low_factor=0.2, momentum_high=0.95, momentum_low=0.85)
    expected = torch_rates(
        lambda o: lr_scheduler.CyclicLR(o, 0.2 * LR, LR, step_size_up=15, base_momentum=0.85, max_momentum=0.95)
    )
    close(rates(config), expected[0])
    close(momenta(config), expected[1])


def test_cyclical_leaves_momentum_alone_unless_told():
    assert set(momenta(CyclicalConfig(half_period=15))) == {None}


def of_torch(parts, milestones):
    """Return torch's schedulers one after the other, each from its milestone on."""
    return lambda o: lr_scheduler.SequentialLR(o, [part(o) for part in parts], milestones)


def constantly(o):
    return lr_scheduler.ConstantLR(o, factor=1.0)


def risen(steps):
    """Return torch's linear warm-up of so many steps: the first has 1/steps of the rate, the one after the last all of it."""
    return lambda o: lr_scheduler.LinearLR(o, start_factor=1 / steps, end_factor=1.0, total_iters=steps - 1)


AFTER_WARM_UP = {
    "constant": (ConstantConfig(warmup=20), constantly),
    "exponential": (ExponentialConfig(s=40, warmup=20), lambda o: lr_scheduler.ExponentialLR(o, 0.1 ** (1 / 40))),
    "cosine": (CosineConfig(warmup=20), lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=100)),
    "power": (PowerConfig(s=20, warmup=20), lambda o: lr_scheduler.LambdaLR(o, lambda t: 1 / (1 + t / 20))),
    "piecewise": (
        PiecewiseConfig(boundaries=(30, 80), factors=(1.0, 0.1, 0.01), warmup=20),
        lambda o: lr_scheduler.MultiStepLR(o, [30, 80], gamma=0.1),
    ),
    "warm restarts": (
        WarmRestartsConfig(period=15, warmup=20),
        lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, 15, 2),
    ),
}


@pytest.mark.parametrize("name", AFTER_WARM_UP)
def test_warm_up_is_torch_s_linear_one_before_each_of_its_schedules(name):
    config, then = AFTER_WARM_UP[name]
    close(rates(config), torch_rates(of_torch([risen(20), then], [20]))[0])


@pytest.mark.parametrize("warmup", [1, 2, 7])
def test_warm_up_of_few_steps_is_torch_s(warmup):
    first = risen(warmup) if warmup > 1 else constantly
    close(rates(ConstantConfig(warmup=warmup)), torch_rates(of_torch([first, constantly], [warmup]))[0])


@pytest.mark.parametrize(("cooldown", "min_factor"), [(1, 0.0), (30, 0.0), (30, 0.1), (98, 0.25)])
def test_wsd_is_torch_s_linear_warm_up_a_constant_rate_and_a_linear_cool_down(cooldown, min_factor):
    """Warm-up, constant and cool-down as torch's own three, step by step: the rate after the last step would be the least."""
    config = WsdConfig(cooldown=cooldown, form="linear", min_factor=min_factor, warmup=20)

    def cooled(o):  # its first step is one step down already
        return lr_scheduler.LinearLR(o, start_factor=1.0, end_factor=min_factor, total_iters=cooldown + 1)

    expected = torch_rates(of_torch([risen(20), constantly, cooled], [20, 120 - cooldown - 1]))[0]
    close(rates(config), expected)


def published_cooldown(n, steps, cooldown):
    """Return the factor of step n of `steps`: Hägele et al., 2024, equation 1, with f = 1 − √((n − (N − N_d)) / N_d).

    N is the step at which nothing is left, N_d are the steps of the way there.
    """
    begins = steps - cooldown
    return 1.0 if n < begins else 1 - ((n - begins) / cooldown) ** 0.5


@pytest.mark.parametrize("cooldown", [1, 4, 30, 99])
def test_wsd_cools_down_by_the_published_root(cooldown):
    """Its last step is one before nothing is left, so N is a step after the end, and N_d a step more than `cooldown`."""
    close(
        rates(WsdConfig(cooldown=cooldown)),
        torch_rates(lambda o: lr_scheduler.LambdaLR(o, lambda n: published_cooldown(n, 120, cooldown + 1)))[0],
    )


def test_wsd_s_root_cools_down_to_a_share_of_the_rate_in_epochs():
    config = WsdConfig(cooldown=3, min_factor=0.1, per="epoch", warmup=2)
    whole = np.array([0.5, 1, 1, 1, 1, 1, 1, 1, 1, 0.55, 1 - 0.9 * 0.5**0.5, 1 - 0.9 * 0.75**0.5])
    close(rates(config), LR * np.repeat(whole, 10))


def test_cyclical_is_torch_s_triangle_after_a_warm_up():
    config = CyclicalConfig(half_period=15, low_factor=0.2, warmup=10)
    expected = torch_rates(lambda o: lr_scheduler.CyclicLR(o, 0.2 * LR, LR, step_size_up=15, cycle_momentum=False))
    close(rates(config)[10:], expected[0][:110])
    close(rates(config)[:10], 0.2 * torch_rates(risen(10), steps=10)[0])


@pytest.mark.parametrize("steps_per_epoch", [10, 7])
def test_onecycle_of_the_guide_is_one_triangle_of_torch_s_cyclic_rate(steps_per_epoch):
    config = OneCycleConfig()
    steps = 12 * steps_per_epoch
    found, momentum = rates(config, steps_per_epoch=steps_per_epoch), momenta(config, steps_per_epoch=steps_per_epoch)
    expected = torch_rates(
        lambda o: lr_scheduler.CyclicLR(o, LR / 10, LR, step_size_up=steps // 2, base_momentum=0.85, max_momentum=0.95),
        steps,
    )
    close(found, expected[0])
    close(momentum, expected[1])


def test_onecycle_of_the_guide():
    config, step = OneCycleConfig(), np.arange(120)
    close(rates(config), LR * np.interp(step, [0, 60, 120], [0.1, 1.0, 0.1]))
    close(momenta(config), np.interp(step, [0, 60, 120], [0.95, 0.85, 0.95]))
    assert rates(config).max() == LR


def test_onecycle_of_the_guide_meets_the_highest_rate_in_an_odd_number_of_steps():
    close(rates(OneCycleConfig(), steps_per_epoch=5, epochs=1), LR * np.array([0.1, 0.55, 1.0, 0.7, 0.4]))
    close(momenta(OneCycleConfig(), steps_per_epoch=5, epochs=1), [0.95, 0.9, 0.85, 0.95 - 0.2 / 3, 0.95 - 0.1 / 3])
    close(rates(OneCycleConfig(), steps_per_epoch=1, epochs=1), [LR])


def test_onecycle_of_the_text_drops_steeply_at_the_end():
    config, step = OneCycleConfig(form="text"), np.arange(120)
    # 108 steps up and down, then 12 from η₁/10 to η₁/10,000, which the last one has
    close(
        rates(config),
        LR * np.interp(step, [0, 54, 107, 119], [0.1, 1.0, 0.1 + 0.9 / 54, 1e-4]) * (step < 108)
        + LR * np.interp(step, [107, 119], [0.1, 1e-4]) * (step >= 108),
    )
    close(momenta(config), np.interp(step, [0, 54, 108, 120], [0.95, 0.85, 0.95, 0.95]))
    assert rates(config)[-1] == pytest.approx(LR / 10_000)
    assert momenta(config)[-1] == 0.95


@pytest.mark.parametrize("n", range(1, 32))
def test_onecycle_of_the_text_at_any_length(n):
    found = rates(OneCycleConfig(form="text"), steps_per_epoch=1, epochs=n)
    assert found.max() == LR
    if n >= 10:
        assert found[-1] == pytest.approx(LR / 10_000)
    else:  # no tenth of it is a step
        close(found, rates(OneCycleConfig(), steps_per_epoch=1, epochs=n))


def published_rates(n, highest):
    """Return the rates of the published run: three straight lines, each rate met at its step."""
    last = n // 10 + 1
    half = (n - last) // 2
    ends = [highest / 10, highest, highest / 10, highest / 10 / 1000]
    return np.interp(np.arange(n), [0, half, 2 * half, n], ends)


def test_onecycle_of_the_published_run():
    config = OneCycleConfig(form="handson")
    found = rates(config, steps_per_epoch=352, epochs=15)
    assert len(found) == 5280
    close(found, published_rates(5280, 0.05))
    close(found[[0, 2375, 4750]], [0.005, 0.05, 0.005])
    step = found[-2] - found[-1]
    assert found[-1] - step == pytest.approx(5e-6)  # where it would be after the last step
    assert set(momenta(config)) == {None}


@pytest.mark.parametrize("n", [3, 4, 7, 11, 100, 101])
def test_onecycle_of_the_published_run_at_any_length(n):
    close(rates(OneCycleConfig(form="handson"), steps_per_epoch=1, epochs=n), published_rates(n, LR))


@pytest.mark.parametrize("n", [1, 2])
def test_onecycle_of_the_published_run_with_hardly_any_step_only_falls(n):
    found = rates(OneCycleConfig(form="handson"), steps_per_epoch=1, epochs=n)
    assert found[0] == pytest.approx(LR / 10)
    assert (np.diff(found) < 0).all()


@pytest.mark.parametrize(
    "per_step",
    [
        PowerConfig(s=3),
        ExponentialConfig(s=4),
        PiecewiseConfig(boundaries=(2, 5), factors=(1.0, 0.5, 0.1)),
        CosineConfig(),
        WarmRestartsConfig(period=2),
        CyclicalConfig(half_period=3),
        ConstantConfig(warmup=3),
        CosineConfig(warmup=4),
    ],
)
def test_per_epoch_t_is_the_number_of_finished_epochs(per_step):
    per_epoch = per_step.model_copy(update={"per": "epoch"})
    close(rates(per_epoch), np.repeat(rates(per_step, steps_per_epoch=1), 10))


@pytest.mark.parametrize(
    "config",
    [
        ConstantConfig(),
        PowerConfig(s=20),
        ExponentialConfig(s=40),
        PiecewiseConfig(boundaries=(30,), factors=(0.5, 0.1)),
        WarmRestartsConfig(period=20),
        CyclicalConfig(half_period=15),
    ],
)
def test_warm_up_rises_to_where_the_schedule_then_begins(config):
    warmed = rates(config.model_copy(update={"warmup": 20}))
    plain = rates(config)
    close(warmed[:20], plain[0] * (np.arange(20) + 1) / 20)
    close(warmed[20:], plain[:100])


@pytest.mark.parametrize("config", [CosineConfig(), OneCycleConfig(), OneCycleConfig(form="handson")])
def test_schedules_over_the_whole_training_span_what_the_warm_up_leaves(config):
    warmed = config.model_copy(update={"warmup": 20})
    close(rates(warmed)[20:], rates(config, epochs=10))
    close(rates(warmed)[:20], rates(config)[0] * (np.arange(20) + 1) / 20)
    assert momenta(warmed)[20:] == momenta(config, epochs=10)
    assert set(momenta(warmed)[:20]) == {momenta(config)[0]}


def record(epoch, val_loss):
    return EpochRecord(1, epoch, 1.0, 50.0, val_loss, 50.0, lr=0.1, momentum=0.0, grad_norm=None, seconds=0.0)


def rates_after(config, losses, lr=0.1):
    schedule = schedules.build(config, lr, 10, len(losses) + 1)
    found = []
    for epoch, loss in enumerate(losses, start=1):
        schedule.epoch_ended(record(epoch, float(loss)))
        settings = {schedule.at(10 * epoch + step) for step in range(10)}
        found.append(settings.pop().lr)
        assert not settings, "constant within an epoch"
    return found


@pytest.mark.parametrize("case", PLATEAU, ids=lambda case: f"{case['patience']}-{case['values'][:4]}")
def test_performance_decides_as_keras_s_reduce_on_plateau_does(case):
    config = PerformanceConfig(factor=case["factor"], patience=case["patience"], min_lr=case["min_lr"])
    found = rates_after(config, case["values"])
    np.testing.assert_allclose(found, case["rates_after"], rtol=1e-6)


def test_performance_the_worked_example():
    # three epochs without improvement, then two, then again three
    losses = [1.0, 1.0, 1.0, 1.2, 0.9, 1.0, 1.0, 0.8, 0.8, 0.8, 0.8]
    config = PerformanceConfig(factor=0.5, patience=3)
    close(rates_after(config, losses), 0.1 * np.array([1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.25]))


def test_performance_counts_only_what_improves_by_more_than_min_delta():
    losses = [1.0, 0.95, 0.91, 0.85, 0.8]  # the best is 1.0 until 0.85 is more than 0.1 below it
    close(rates_after(PerformanceConfig(patience=2, min_delta=0.1), losses), 0.1 * np.array([1, 1, 0.5, 0.5, 0.5]))
    close(rates_after(PerformanceConfig(patience=2), losses), [0.1] * 5)


def test_performance_begins_after_its_warm_up():
    config = PerformanceConfig(factor=0.5, patience=1, warmup=3)
    losses = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]
    assert schedules.build(config, 0.1, 10, 7).at(9).lr == pytest.approx(0.1 / 3)
    close(rates_after(config, losses), 0.1 * np.array([2 / 3, 1, 1, 1, 0.5, 0.25]))


def test_performance_does_not_count_the_state_before_training():
    schedule = schedules.build(PerformanceConfig(patience=1), 0.1, 10, 3)
    schedule.epoch_ended(record(0, 0.01))
    schedule.epoch_ended(record(1, 1.0))
    assert schedule.at(10).lr == 0.1


def test_performance_never_raises_a_rate_that_is_below_its_minimum():
    close(rates_after(PerformanceConfig(patience=1, min_lr=1.0), [1.0] * 4), [0.1] * 4)


WARMUP = st.integers(0, 5)
SCHEDULES = st.one_of(
    st.builds(ConstantConfig, warmup=WARMUP),
    st.builds(PowerConfig, s=st.integers(1, 100), c=st.floats(0.01, 1000), warmup=WARMUP),
    st.builds(ExponentialConfig, s=st.integers(1, 100), warmup=WARMUP),
    st.builds(OneCycleConfig, form=st.sampled_from(["guide", "text", "handson"]), warmup=WARMUP),
    st.builds(CosineConfig, min_factor=st.floats(0, 0.99), warmup=WARMUP, per=st.sampled_from(["step", "epoch"])),
    st.builds(WarmRestartsConfig, period=st.integers(1, 50), multiplier=st.integers(1, 5), warmup=WARMUP),
    st.builds(CyclicalConfig, half_period=st.integers(1, 50), low_factor=st.floats(0.001, 0.999), warmup=WARMUP),
    st.builds(PerformanceConfig, warmup=WARMUP),
)


@given(SCHEDULES, st.integers(1, 40), st.integers(6, 30), st.floats(1e-8, 100))
def test_a_rate_is_positive_and_never_above_the_one_given(config, steps_per_epoch, epochs, lr):
    for setting in settings_of(config, steps_per_epoch, epochs, lr):
        assert 0 < setting.lr <= lr * (1 + 1e-12)
        assert setting.momentum is None or 0.85 - 1e-12 <= setting.momentum <= 0.95 + 1e-12
