"""Trains the chargeback model. Reads features from the warehouse, writes a model and its evaluation."""

from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score


def train(features, labels, held_out, held_out_labels):
    model = HistGradientBoostingClassifier(max_iter=400, learning_rate=0.05, random_state=7)
    model.fit(features, labels)
    area = roc_auc_score(held_out_labels, model.predict_proba(held_out)[:, 1])
    return model, {"areaUnderCurve": round(float(area), 3)}
