"""Fitting the head's two linear classifiers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nlu_models.head import Floats, Linear

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

SEED = 20
ROUNDS = 80
RIDGE = 0.02
"""Weight decay of the regression."""


def fit_linear(
    single: tuple[Floats, csr_matrix, NDArray[np.int64]], every: tuple[Floats, Floats], *, several: bool
) -> Linear:
    """Both classifiers.

    `single` is vectors, terms and label of the messages with one intent: they teach the support vector machine.
    `every` is vectors and truths (a row a message, 1 for each of its labels) of all messages: they teach the
    regression, label by label where `several` may be true at once, against each other where not.
    """
    from scipy.sparse import csr_matrix, hstack
    from sklearn.svm import LinearSVC

    vectors, terms, targets = single
    width, labels = vectors.shape[1], every[1].shape[1]
    machine = LinearSVC(C=0.7, tol=0.001, random_state=SEED).fit(
        hstack([csr_matrix(vectors), terms]).tocsr(), targets
    )
    weights = np.zeros((labels, machine.coef_.shape[1]), np.float32)
    weights[machine.classes_] = machine.coef_
    bias = np.full(labels, -9, np.float32)  # a label without examples here is never the best
    bias[machine.classes_] = machine.intercept_
    meaning, odds = _regression(*every, several=several)
    return Linear(weights[:, :width].T.copy(), weights[:, width:].T.copy(), bias, meaning, odds)


def _regression(vectors: Floats, truths: Floats, *, several: bool) -> tuple[Floats, Floats]:
    """All labels at once by L-BFGS: ten times as fast as label by label."""
    from scipy.optimize import minimize

    width, labels = vectors.shape[1], truths.shape[1]
    cut = width * labels
    across = np.ascontiguousarray(vectors.T)
    slope = _alone if several else _against

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        narrow = flat.astype(np.float32)
        value, errors = slope(vectors @ narrow[:cut].reshape(width, labels) + narrow[cut:], truths)
        result = np.concatenate([(across @ errors).ravel(), errors.sum(axis=0)]).astype(np.float64)
        result[:cut] += RIDGE * flat[:cut]
        return value + RIDGE / 2 * float(np.dot(flat[:cut], flat[:cut])), result

    flat = np.zeros(cut + labels)
    flat[cut:] = -3.0 if several else 0.0
    found = minimize(loss, flat, jac=True, method="L-BFGS-B", options={"maxiter": ROUNDS}).x
    return found[:cut].reshape(width, labels).astype(np.float32), found[cut:].astype(np.float32)


def _alone(z: Floats, truths: Floats) -> tuple[float, Floats]:
    value = float((np.logaddexp(0, z) - truths * z).sum())
    return value, np.asarray(1 / (1 + np.exp(-z)) - truths, np.float32)


def _against(z: Floats, truths: Floats) -> tuple[float, Floats]:
    top = z.max(axis=1, keepdims=True)
    grown = np.exp(z - top)
    total = grown.sum(axis=1, keepdims=True)
    return float((np.log(total) + top).sum() - (truths * z).sum()), grown / total - truths
