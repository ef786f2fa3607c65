"""The trainer: applies an optimizer to the parameters of a net."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from .. import optimizer as optimizers, saving
from ..errors import DeferredInitializationError, MXNetError
from ..ndarray import arrays_in, reading
from ..parameter import Parameter
from ..saving import Filename

_KEPT = ("learning_rate", "num_update")  # what save_states() keeps of the optimizer


class Trainer:
    """Updates parameters using their gradients.

    Args:
        params: the parameters, usually ``net.collect_params()``.
        optimizer: the name of an optimizer (``'sgd'``, ``'adam'``) or an instance.
        optimizer_params: the optimizer's settings, such as ``{'learning_rate': 0.1}``.
        kvstore: accepted for compatibility with Gluon: there is only one device.
        compression_params: accepted for compatibility with Gluon.
        update_on_kvstore: accepted for compatibility with Gluon.

    Raises:
        ValueError: ``params`` is empty, or holds something other than parameters.
    """

    def __init__(
        self,
        params: Mapping[str, Parameter] | Sequence[Parameter],
        optimizer: str | optimizers.Optimizer,
        optimizer_params: dict[str, Any] | None = None,
        kvstore: Any = "device",
        compression_params: Any = None,
        update_on_kvstore: Any = None,
    ) -> None:
        listed = params.values() if isinstance(params, Mapping) else params
        self._params: list[Parameter] = list(listed) if isinstance(listed, Iterable) else [listed]
        for parameter in self._params:
            if not isinstance(parameter, Parameter):
                wanted = "parameters (such as net.collect_params(), a dict or a list)"
                raise ValueError(f"the first argument must be {wanted}, but it holds {parameter!r}")
        self._params = list(dict.fromkeys(self._params))  # shared ones are updated once
        self._optimizer = optimizers.create(optimizer, optimizer_params)
        if not self._params:
            why = "net.params lacks the children's; a pattern such as '.*weight' must match names"
            raise ValueError(f"no parameters: pass net.collect_params(), since {why}")
        self._scale = self._optimizer.rescale_grad
        self._by_index = dict(enumerate(self._params))
        self._counts: dict[Any, int] = {}
        self._updater = optimizers.Updater(self._optimizer)

    optimizer: optimizers.Optimizer = reading("_optimizer", "The optimizer.")
    learning_rate: float = reading("_optimizer.lr", "The learning rate.")

    def set_learning_rate(self, lr: float) -> None:
        """Change the learning rate.

        Args:
            lr: the new learning rate.

        Raises:
            UserWarning: there is a scheduler, which determines the learning rate.
        """
        self._optimizer.set_learning_rate(lr)

    def step(self, batch_size: float, ignore_stale_grad: bool = False) -> None:
        """Update every parameter once; call it after ``backward()``.

        Args:
            batch_size: the number to divide the gradients by.
            ignore_stale_grad: leave parameters without a new gradient since the last step
                unchanged.

        Raises:
            ValueError: ``batch_size`` is not a positive number.
            DeferredInitializationError: the shape of a parameter is not known yet.
            UserWarning: a parameter has no new gradient since the last step; none is updated.
        """
        if not isinstance(batch_size, int | float | np.number) or not 0 < batch_size < np.inf:
            raise ValueError(f"batch_size must be a positive number, not {batch_size!r}")
        # Here, since several trainers may share an optimizer.
        self._optimizer.param_dict = self._by_index
        self._optimizer._index_update_count = self._counts
        learned = [(i, p) for i, p in enumerate(self._params) if p.grad_req != "null"]
        try:
            leaves: list[Any] = [Parameter.data(parameter)._node for _, parameter in learned]
        except DeferredInitializationError as error:
            error.add_note("has no forward called its layer? Call it, or take it out of the net")
            raise
        fresh = [getattr(leaf, "fresh", False) for leaf in leaves]  # it may have been detached
        if not all(fresh) and not ignore_stale_grad:
            stale = learned[fresh.index(False)][1].name
            problem = f"the gradient of {stale} was not updated by backward since the last step"
            way = "ignore_stale_grad=True leaves those that the loss does not need unchanged"
            raise UserWarning(f"{problem}: call backward() on the loss first; {way}")
        self._optimizer.rescale_grad = self._scale / batch_size
        for (i, parameter), leaf, new in zip(learned, leaves, fresh, strict=True):
            if new:
                self._updater(i, leaf.gradient, Parameter.data(parameter))
                leaf.fresh = False
        self._optimizer.rescale_grad = self._scale  # from which another trainer starts

    update = step

    def allreduce_grads(self) -> None:
        """Do nothing: there is only one device, so there are no gradients to add up."""

    # -- Saving ---------------------------------------------------------------------------------
    def save_states(self, fname: Filename) -> None:
        """Write the optimizer's state, learning rate and number of updates to a safetensors file.

        Args:
            fname: the file.

        Raises:
            TypeError: the state of an optimizer of one's own holds something else than arrays.
        """
        states = {i: arrays_in(x, self._refuse) for i, x in self._updater.states.items()}
        arrays = {f"{i}.{n}": x._data for i, state in states.items() for n, x in enumerate(state)}
        kept = {name: getattr(self._optimizer, name) for name in _KEPT}
        settings = {"parameters": len(self._params), "counts": [*self._counts.items()], **kept}
        saving.write(fname, arrays, {"trainer": json.dumps(settings)})

    def _refuse(self, x: Any) -> None:
        if x is not None:
            kind = type(self._optimizer).__name__
            problem = f"the state of {kind} holds a value of type {type(x).__name__}"
            way = "let create_state() return None, a d2lmini array, or a tuple of them"
            raise TypeError(f"{problem}, which cannot be saved: {way}")

    def load_states(self, fname: Filename) -> None:
        """Read what `save_states` wrote, for the same parameters in the same order.

        Args:
            fname: the file.

        Raises:
            MXNetError: `save_states` did not write the file, or wrote it for other parameters.
        """
        arrays, metadata = saving.read(fname)
        settings = json.loads(metadata.get("trainer", "{}"))
        count = settings.get("parameters", 0)
        if count and "counts" not in settings:
            problem = "the file was written by an older d2lmini, which did not count updates"
            raise MXNetError(f"{fname}: {problem}: begin with a new state")
        if count != len(self._params):
            found = f"a trainer of {count} parameters, but this one has {len(self._params)}"
            way = "load a file that save_states() wrote for the same parameters"
            raise MXNetError(f"{fname} holds the state of {found}: {way}")
        counts = dict(settings.pop("counts"))
        places = {*counts, *(int(name.partition(".")[0]) for name in arrays)}
        create = self._optimizer.create_state_multi_precision
        states = {i: create(i, self._params[i].data()) for i in places}
        for i, state in states.items():
            saved = [x for name, x in arrays.items() if name.startswith(f"{i}.")]
            own = [x._data for x in arrays_in(state)]
            shapes = [[x.shape for x in part] for part in (saved, own)]
            if shapes[0] != shapes[1]:
                problem = f"{fname} holds arrays of shapes {shapes[0]} for {self._params[i]}, which"
                kept = f"does not fit {type(self._optimizer).__name__}, which keeps {shapes[1]}"
                raise MXNetError(f"{problem} {kept}: use the same optimizer and net")
            for x, value in zip(own, saved, strict=True):
                x[...] = value
        self._updater.states, self._counts = states, counts
        for name in _KEPT:
            setattr(self._optimizer, name, settings[name])
