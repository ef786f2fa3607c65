"""What Gluon has and d2lmini leaves out, and what to use instead."""

import re
import sys
from dis import opmap
from functools import partial
from typing import NoReturn

# What to use instead; under each, what Gluon has.
_INSTEAD = """\
nn.Dense, for images after nn.Flatten
    Conv1D Conv2D Conv3D Conv1DTranspose Conv2DTranspose Convolution Deconvolution Pooling AvgPool1D
    AvgPool2D MaxPool1D MaxPool2D GlobalAvgPool1D GlobalAvgPool2D GlobalMaxPool1D GlobalMaxPool2D
    convolution pooling
nn.BatchNorm or nn.LayerNorm
    BatchNorm GroupNorm InstanceNorm LayerNorm batch_norm layer_norm
softmax
    Softmax SoftmaxActivation
nn.HybridLambda(lambda F, x: ...) with the formula
    ELU GELU PReLU SELU SiLU Swish gelu
a block that calls its layers once for each step
    rnn RNN LSTM GRU
hybridize(), after which net.program can be printed
    sym symbol Symbol SymbolBlock var get_symbol
save_parameters() for the values, print(net.program) for the program
    export
load_parameters(), or set_data() for each parameter
    load_dict Load
a training loop with autograd.record() and gluon.Trainer
    mod module model estimator
gluon.data.DataLoader
    io image recordio
gluon.data.vision.Digits
    MNIST FashionMNIST CIFAR10 CIFAR100 ImageFolderDataset get_mnist datasets
nd.concat with zeros
    pad
dataset.transform_first(function)
    transforms
a subclass of gluon.loss.Loss with a hybrid_forward
    KLDivLoss HingeLoss CTCLoss SquaredHingeLoss LogisticLoss TripletLoss CosineEmbeddingLoss
    PoissonNLLLoss SDMLLoss SoftmaxOutput
a subclass of metric.EvalMetric with a measure method
    TopKAccuracy F1 CustomMetric CrossEntropy NegativeLogLikelihood Perplexity PearsonCorrelation
several metrics, one by one
    CompositeEvalMetric
init.Xavier, or a subclass of init.Initializer
    Orthogonal Bilinear LSTMBias
optimizer.SGD with momentum, or optimizer.Adam
    AdaDelta AdaGrad Adamax NAG Nadam RMSProp
a net of your own
    model_zoo
nd.batch_dot or nd.dot
    linalg_gemm2 gemm2
x[rows, columns]
    boolean_mask gather_nd scatter_nd
nd.array or np.array
    from_numpy from_dlpack to_dlpack_for_read to_dlpack_for_write
numpy.random with nd.array around it
    exponential gamma multinomial negative_binomial poisson sample_multinomial beta lognormal
    multivariate_normal random_exponential
gluon.Trainer, which needs none on one device
    kv kvstore
a subclass of autograd.Function
    Custom CustomOp operator
a Python loop, which hybridize() unrolls
    foreach while_loop
register_forward_hook() on a child block
    register_op_hook
print in the training loop
    callback monitor
net.summary(x), or the net at the end of a notebook's cell
    viz visualization
cProfile, which comes with Python
    profiler
urllib.request, which comes with Python
    download
prefix="..." when a block is made
    name
cpu()
    cpu_pinned
"""
_REMEDIES = {
    name: instead
    for instead, names in re.findall(r"(\S.*)\n((?: .*\n)+)", _INSTEAD)
    for name in names.split()
}


def remedy(name: str) -> str:
    """Return the end of a message about a missing Gluon name: what to use instead, if anything."""
    return f": use {_REMEDIES[name]}" if name in _REMEDIES else ""


def explain(package: str) -> None:
    """Make the modules of a package say what to use instead of a missing name.

    Args:
        package: its name; a module with a ``__getattr__`` of its own keeps that.
    """
    for name, module in list(sys.modules.items()):  # another thread may import
        if f"{name}.".startswith(f"{package}."):
            vars(module).setdefault("__getattr__", partial(_refuse, module.__name__))


def _refuse(module: str, name: str) -> NoReturn:
    caller = sys._getframe(1)
    # For `from module import name`, Python would replace an AttributeError's message with its own.
    importing = caller.f_code.co_code[caller.f_lasti] == opmap["IMPORT_FROM"]
    kind = ImportError if importing else AttributeError
    hint = remedy(name) or f"; dir({module}) lists what it has"
    raise kind(f"{module} has no {name!r}{hint}")
