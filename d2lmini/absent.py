"""What Gluon, or PyTorch, has and d2lmini leaves out, and what to use instead."""

import re
import sys
from dis import opmap
from functools import partial
from typing import Any, NoReturn

# What to use instead, and a pattern of the names that Gluon or PyTorch has.
_INSTEAD = {
    "nn.Dense, for images after nn.Flatten": r"(Global)?(Avg|Max)Pool\dD|[Pp]ooling"
    r"|Conv\dD(Transpose)?|[Cc]onvolution|Deconvolution",
    "nn.Dense": "Linear",
    "nn.Block": "Module",
    "collect_params()": "(named_)?parameters|state_dict",
    "autograd.record() while training, and nothing otherwise": "train|eval",
    "autograd.pause()": "no_grad",
    "concat or np.concatenate": "cat",
    "dot or np.matmul": "matmul|b?mm",
    "nn.Activation": "ReLU|Sigmoid|Tanh",
    "nn.BatchNorm or nn.LayerNorm": r"BatchNorm\dd|(Group|Instance)Norm|(group|instance)_norm",
    "softmax": "Softmax|SoftmaxActivation",
    "nn.HybridLambda(lambda F, x: formula)": "PReLU|[EGS]?ELU|gelu|SiLU|Swish|hard_sigmoid",
    "a block that calls its layers once for each step": "rnn|RNN|LSTM|GRU",
    "hybridize(), then print(net.program)": "get_symbol|SymbolBlock|var|optimize_for|tracing",
    "save_parameters() for the values, print(net.program) for the program": "export",
    "load_parameters(), or set_data() for each parameter": "load_(dict|frombuffer)|Load",
    "a training loop with autograd.record() and gluon.Trainer": "mod|module|model|estimator",
    "gluon.data.DataLoader": "io|image|recordio",
    "gluon.data.vision.Digits": r"(Fashion)?MNIST|CIFAR10+|ImageFolderDataset|get_mnist|datasets",
    "nd.concat with zeros": "pad",
    "dataset.transform_first(function)": "transforms",
    "a subclass of gluon.loss.Loss with a hybrid_forward": r"(Softmax|\w+Regression)Output"
    "|(KLDiv|(Squared)?Hinge|CTC|Logistic|Triplet|CosineEmbedding|PoissonNLL|SDML)Loss",
    "a subclass of metric.EvalMetric with a measure method": "(TopK|Binary)Accuracy|F1|Perplexity"
    "|CustomMetric|CrossEntropy|NegativeLogLikelihood|PearsonCorrelation",
    "several metrics, one by one": "CompositeEvalMetric",
    "init.Xavier, or a subclass of init.Initializer": "Orthogonal|Bilinear|LSTMBias",
    "optimizer.SGD with momentum, optimizer.Adam, or a subclass of optimizer.Optimizer": "NAG|Nadam"
    "|Ada(Delta|Grad|max|mW)|RMSProp|DCASGD|FTML|Ftrl|LA(MB|RS)|LBSGD|SGLD|Signum",
    "a net of your own": "model_zoo",
    "nd.batch_dot or nd.dot": "linalg|(linalg_)?gemm2",
    "nd.slice or nd.slice_axis": "slice_like|crop",
    "np.split": "split_v2",
    "nd.pick": "batch_take|choose_element_0index",
    "nd.one_hot": "onehot_encode",
    "nd.softmax(-x)": "softmin",
    "softmax, after where has put -1e9 at the places to leave out": "masked_(log_)?softmax",
    "arange": "arange_like",
    "x.reshape": "reshape",
    "x.shape, outside of hybridized blocks": "(shape|size)_array",
    "x[rows, columns]": "boolean_mask|(gather|scatter)_nd",
    "nd.array or np.array": "tensor|from_numpy|from_dlpack|to_dlpack_for_(read|write)",
    "numpy.random with nd.array around it": "(random_)?exponential|gamma|beta|poisson|lognormal"
    "|(negative_bi|(sample_)?multi)nomial|multivariate_normal",
    "gluon.Trainer, which needs none on one device": "kv|kvstore",
    "a subclass of autograd.Function": "Custom|CustomOp|operator|erf(inv)?|gammaln",
    "a Python loop, which hybridize() unrolls": "foreach|while_loop",
    "nd.where, or an if statement in a Block": "cond",
    "npx.set_np()": "(set_|use_)?np_shape",
    "a list of numbers as the sampler": "(Filter|Interval)Sampler",
    "batchify_fn=..., a function of a list of examples": "batchify",
    "register_forward_hook() on a child block": "register_op_hook",
    "print in the training loop": "callback|mon(itor)?",
    "net.summary(x), or the net at the end of a notebook's cell": "viz|visualization",
    "cProfile, which comes with Python": "profiler",
    "gluon.Trainer, with optimizer.SGD or optimizer.Adam": "(sgd|sgd_mom|adam)_update",
    "urllib.request, which comes with Python": "download",
    'prefix="..." when a block is made': "name",
    "cpu()": "cpu_pinned",
}


def remedy(name: str) -> str:
    """Return the end of a message about a missing Gluon name: what to use instead, if anything."""
    if not name.startswith("__"):  # Python itself asks for such names, even at the import
        for instead, names in _INSTEAD.items():
            if re.fullmatch(names, name):
                return f": use {instead}"
    return ""


def explain(package: str) -> None:
    """Make the modules of a package say what to use instead of a missing name.

    Args:
        package: its name; a module with a ``__getattr__`` of its own keeps that.
    """
    for name, module in list(sys.modules.items()):  # another thread may import
        if f"{name}.".startswith(f"{package}."):
            vars(module).setdefault("__getattr__", partial(_refuse, module.__name__))
            vars(module).setdefault("__path__", [])  # so that Python looks for parts of it
    sys.meta_path.append(_Absentees(package))


class _Absentees:
    """Says what to use instead of a missing module; Python asks it after all other finders."""

    def __init__(self, package: str) -> None:
        self._package = package

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> None:
        parent, _, name = fullname.rpartition(".")
        own = f"{parent}.".startswith(f"{self._package}.")
        if own and name not in vars(sys.modules[parent]) and (hint := remedy(name)):
            raise ModuleNotFoundError(f"{parent} has no {name!r}{hint}", name=fullname)


def _refuse(module: str, name: str) -> NoReturn:
    raise missing(module, name)


def missing(module: str, name: str) -> Exception:
    """Return the error for a name that a module lacks; its ``__getattr__`` raises it."""
    caller = sys._getframe(2)
    # For `from module import name`, Python would replace an AttributeError's message with its own.
    importing = caller.f_code.co_code[caller.f_lasti] == opmap["IMPORT_FROM"]
    kind = ImportError if importing else AttributeError
    own = remedy(module.rpartition(".")[2])  # of Gluon's module in the place of this one
    hint = remedy(name) or own or f"; dir({module}) lists what it has"
    return kind(f"{module} has no {name!r}{hint}")
