import './crash-points.testing';
import '../src/main';
