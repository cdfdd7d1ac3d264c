"""What operators see of a process: metrics, slow operations, traces, its state. No text, no variable, no name of a patient."""
